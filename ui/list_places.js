/* In the shell of each page (assets.py). A table of links (link_table.py) is drawn anew when another of its rows is
   chosen: whoever reads it keeps the place in it, and what has the focus. A row that is chosen already is brought into
   sight within its table, and what a row opens below its table on the page. */
(() => {
  const opened = ".st-key-card-opened";
  const nameOf = (list) => list.querySelector("table")?.className;
  const rowsOf = (list) => list.querySelector("tbody")?.textContent;

  // by table: its rows, and how far they were scrolled
  const places = new Map();
  document.addEventListener(
    "scroll",
    ({ target: list }) => {
      if (!list.classList?.contains("cs-list")) return;
      places.set(nameOf(list), { rows: rowsOf(list), top: list.scrollTop, left: list.scrollLeft });
    },
    { capture: true, passive: true },
  );

  const seen = new WeakSet();
  const settle = (list) => {
    seen.add(list);
    const place = places.get(nameOf(list));
    if (place && place.rows === rowsOf(list)) return list.scrollTo({ top: place.top, left: place.left });
    const row = list.querySelector("[aria-current]")?.closest("tr");
    if (!row) return;
    const head = list.querySelector("thead").offsetHeight;
    if (row.offsetTop + row.offsetHeight > list.clientHeight) list.scrollTop = row.offsetTop - head - row.offsetHeight;
  };

  const linkOf = (target) => target.closest?.(".cs-links a");
  const wordsOf = (link) => link.dataset.tick ?? link.textContent.replace(/[↑↓]$/, "");
  const isAlike = (one, { words, kind, table }) =>
    wordsOf(one) === words && one.className === kind && nameOf(one.closest(".cs-list")) === table;
  const alike = (held) => [...document.querySelectorAll(".cs-links a")].filter((one) => isAlike(one, held));

  // the link of a table that has the focus; of several with its words it is the one at that place
  let held = null;
  const hold = ({ target }) => {
    const link = linkOf(target);
    held = link && { link, words: wordsOf(link), kind: link.className, table: nameOf(link.closest(".cs-list")) };
    if (link) held.place = alike(held).indexOf(link);
  };
  document.addEventListener("focusin", hold);
  document.addEventListener("pointerdown", hold);

  const keepFocus = () => {
    if (!held || held.link.isConnected || document.activeElement !== document.body) return;
    alike(held)[held.place]?.focus({ preventScroll: true });
  };

  // until when what a chosen row opens is waited for
  let awaited = 0;
  document.addEventListener("click", (event) => {
    const link = linkOf(event.target);
    if (link?.closest(".cs-opens") && new URL(link.href).pathname === location.pathname) awaited = Date.now() + 5000;
  });
  const show = () => {
    const card = Date.now() < awaited && document.querySelector(opened);
    if (!card) return;
    awaited = 0;
    const { top } = card.getBoundingClientRect();
    if (top > innerHeight * 0.7) document.querySelector('[data-testid="stMain"]').scrollBy(0, top - innerHeight * 0.5);
  };

  whenDrawn(() => {
    for (const list of document.querySelectorAll(".cs-list")) if (!seen.has(list)) settle(list);
    keepFocus();
    show();
  });
})();
