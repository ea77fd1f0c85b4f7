/* In the shell of each page (assets.py), before the scripts that use it. */

// calls `work` once a frame while anything of the page is drawn
const whenDrawn = (work) => {
  let isDue = false;
  new MutationObserver(() => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      work();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
};
