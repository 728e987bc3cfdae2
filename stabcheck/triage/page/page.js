"use strict";
// Sorts the ranked table by a click on a head, and filters its rows; the page reads well without.
(() => {
  const table = document.getElementById("ranked");
  if (!table) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.key ?? cell.textContent;
  };
  const compare = new Intl.Collator("en", { numeric: true }).compare;

  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    const ranked = [...body.rows].sort((a, b) => sign * compare(key(a, column), key(b, column)) || key(a, 0) - key(b, 0));
    body.append(...ranked);
  }));

  const search = document.getElementById("search");
  const boxes = [...document.querySelectorAll("input[name=status]")];
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const statuses = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !statuses.has(row.dataset.status) || !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    document.getElementById("shown").textContent = shown === body.rows.length ? "" : `${shown} of ${body.rows.length}`;
  };
  [search, ...boxes].forEach((input) => input.addEventListener("input", filter));
  const open = () => document.querySelector(location.hash || "#none")?.setAttribute("open", "");
  addEventListener("hashchange", open);
  filter();
  open();
})();
