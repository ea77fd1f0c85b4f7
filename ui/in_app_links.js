/* In the shell of each page (assets.py), which puts PAGES in: the names of the pages, which stand side by side.

   Links to the app's own pages are followed without loading the app anew: the address is set, and Streamlit is told as
   of the browser's own Back. Ticked rows of a list (link_table.py) are kept in the URL; what is shown as ticked is
   painted from there. */
(() => {
  const pages = new Set(PAGES);
  const folder = new URL("./", location.href).pathname;
  const connected = '[data-testid="stApp"][data-test-connection-state="CONNECTED"]';

  const isOurs = (url) =>
    url.origin === location.origin && url.pathname.startsWith(folder) && pages.has(url.pathname.slice(folder.length));

  const go = (url, { kept = false } = {}) => {
    if (!document.querySelector(connected)) return location.assign(url);
    const isOther = url.pathname !== location.pathname;
    if (kept || url.href === location.href) history.replaceState(history.state, "", url);
    else history.pushState(null, "", url);
    dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
    if (isOther) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };

  // `#card-items`: the block of the page that the link is about is brought into sight, once it is there
  const blockOf = (url) => {
    const name = url.hash.startsWith("#card-") ? url.hash.slice(1) : "";
    if (name) url.hash = "";
    return name;
  };

  const bring = (name, until = Date.now() + 10_000) => {
    if (!name) return;
    const block = document.querySelector(`.st-key-${CSS.escape(name)}`);
    if (block) return block.scrollIntoView();
    if (Date.now() < until) setTimeout(bring, 100, name, until);
  };

  bring(blockOf(new URL(location.href)));

  const ticked = () => new Set(new URLSearchParams(location.search).getAll("tick"));

  const setTicked = (values) => {
    const url = new URL(location.href);
    url.searchParams.delete("tick");
    for (const value of values) url.searchParams.append("tick", value);
    go(url, { kept: true });
    paint();
  };

  const boxesOf = (inside) => [...inside.querySelectorAll("[data-tick]")];

  const press = (box) => {
    const values = ticked();
    if (box.dataset.tickAll === undefined) {
      if (!values.delete(box.dataset.tick)) values.add(box.dataset.tick);
    } else {
      const all = boxesOf(box.closest("table")).map((one) => one.dataset.tick);
      const isTicked = all.every((value) => values.has(value));
      for (const value of all) isTicked ? values.delete(value) : values.add(value);
    }
    setTicked(values);
  };

  const show = (box, state) => {
    if (box.getAttribute("aria-checked") !== state) box.setAttribute("aria-checked", state);
  };

  const paint = () => {
    const values = ticked();
    for (const head of document.querySelectorAll("[data-tick-all]")) {
      const boxes = boxesOf(head.closest("table"));
      const count = boxes.filter((box) => values.has(box.dataset.tick)).length;
      for (const box of boxes) show(box, String(values.has(box.dataset.tick)));
      show(head, count === 0 ? "false" : count === boxes.length ? "true" : "mixed");
    }
  };

  // A row leads where its link does. Not a link itself: then its text could not be marked.
  const linkOfRow = (event) => {
    const row = event.target.closest?.(".cs-links tbody tr, .cs-rows tbody tr");
    if (!row || row.contains(event.target.closest("a, button, [tabindex]")) || !getSelection().isCollapsed) return null;
    return row.querySelector(".cs-goes, .cs-rows td:first-child a[href]");
  };

  const elsewhere = (event) => event.metaKey || event.ctrlKey || event.shiftKey;

  document.addEventListener("auxclick", (event) => {
    const link = event.button === 1 && linkOfRow(event);
    if (link) open(link.href, "_blank", "noopener");
  });

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    const link = event.target.closest?.("a[href]");
    if (!link) {
      const one = linkOfRow(event);
      if (one) elsewhere(event) ? open(one.href, "_blank", "noopener") : one.click();
      return;
    }
    const isTick = link.dataset.tick !== undefined || link.dataset.tickAll !== undefined;
    if (isTick || link.dataset.untick !== undefined) {
      event.preventDefault();
      return isTick ? press(link) : setTicked([]);
    }
    if (elsewhere(event) || event.altKey) return;
    if (link.target && link.target !== "_self") return;
    const url = new URL(link.href);
    const block = blockOf(url);
    if (link.hasAttribute("download") || url.hash || !isOurs(url)) return;
    event.preventDefault();
    const isOfList = link.closest(".cs-links") && url.pathname === location.pathname;
    if (isOfList) for (const value of ticked()) url.searchParams.append("tick", value);
    go(url);
    bring(block);
  });

  document.addEventListener("keydown", (event) => {
    const box = event.key === " " && event.target.closest?.('a[role="checkbox"], a[role="button"]');
    if (!box) return;
    event.preventDefault();
    box.click();
  });

  whenDrawn(paint);
})();
