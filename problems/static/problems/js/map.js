// The gap map: a popover on hover, focus and tap; arrow keys move between cells. Without this each cell is a link to its statement.
"use strict";
(() => {
  const map = document.querySelector("[data-map]");
  if (!map) return;
  const GAP = 8;
  const popover = document.createElement("div");
  popover.className = "popover";
  let shown = null;
  let timer = 0;
  let touched = false;

  const hide = () => {
    clearTimeout(timer);
    popover.remove();
    shown = null;
  };
  const show = (cell) => {
    clearTimeout(timer);
    if (shown === cell) return;
    hide();
    shown = cell;
    const item = cell.parentElement;
    popover.replaceChildren(item.querySelector("template").content.cloneNode(true));
    popover.classList.remove("above");
    popover.style.left = "0px";
    item.append(popover);
    const box = popover.getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const over = box.right + GAP - width;
    if (over > 0) popover.style.left = `${-Math.min(over, box.left - GAP)}px`;
    const room = cell.getBoundingClientRect();
    popover.classList.toggle("above", box.bottom > window.innerHeight && room.top > box.height + 80);
  };
  const later = (act) => {
    clearTimeout(timer);
    timer = setTimeout(act, 120);
  };

  const cells = [...map.querySelectorAll("[data-cell]")];
  const rows = [...map.querySelectorAll(".map-row")].map((row) => [...row.querySelectorAll("[data-cell]")]);
  for (const cell of cells) {
    cell.removeAttribute("title"); // the popover says it
    const item = cell.parentElement;
    item.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && later(() => show(cell)));
    item.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && later(hide));
    item.addEventListener("focusin", () => show(cell));
    item.addEventListener("focusout", (event) => !item.contains(event.relatedTarget) && shown === cell && later(hide));
    cell.addEventListener("pointerdown", (event) => {
      touched = event.pointerType !== "mouse" && shown !== cell;
    });
    // the first tap shows, the second follows the link
    cell.addEventListener("click", (event) => {
      if (!touched) return;
      touched = false;
      event.preventDefault();
      show(cell);
    });
  }
  document.addEventListener("pointerdown", (event) => {
    if (shown && !shown.parentElement.contains(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });

  const middle = (cell) => {
    const box = cell.getBoundingClientRect();
    return box.left + box.width / 2;
  };
  map.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.("[data-cell]");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const y = rows.findIndex((row) => row.includes(cell));
    const x = rows[y].indexOf(cell);
    const nearest = (row) => row?.toSorted((a, b) => Math.abs(middle(a) - middle(cell)) - Math.abs(middle(b) - middle(cell)))[0];
    const move = {
      ArrowLeft: () => rows[y][x - 1],
      ArrowRight: () => rows[y][x + 1],
      ArrowUp: () => nearest(rows.slice(0, y).findLast((row) => row.length)),
      ArrowDown: () => nearest(rows.slice(y + 1).find((row) => row.length)),
      Home: () => rows[y][0],
      End: () => rows[y].at(-1),
    }[event.key];
    if (!move) return;
    event.preventDefault();
    move()?.focus();
  });
})();
