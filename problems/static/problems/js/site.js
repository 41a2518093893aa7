// Conveniences of every page. Everything can be read and done without them.
"use strict";

// The switch of colours in the foot
for (const group of document.querySelectorAll("[data-theme-switch]")) {
  const buttons = group.querySelectorAll("button");
  const show = () => {
    const choice = document.documentElement.dataset.theme ?? "";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.theme === choice));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const choice = button.dataset.theme;
      if (choice) document.documentElement.dataset.theme = choice;
      else delete document.documentElement.dataset.theme;
      try {
        localStorage.setItem("theme", choice);
      } catch {
        // no storage: it holds for this page
      }
      show();
    });
  }
  show();
}

// "/" goes to the search field, unless somebody types or switched single keys off, on whichever page
const keysOff = () => {
  try {
    return document.documentElement.dataset.keys === "off" || localStorage.getItem("review-keys") === "off"; // see keys.js
  } catch {
    return document.documentElement.dataset.keys === "off";
  }
};
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (keysOff()) return;
  const fields = [...document.querySelectorAll("[data-search]")].filter((field) => field.offsetParent);
  const field = fields.at(-1);
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// Menus close on Escape, and when something else is pressed
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Copy what is shown of a citation
for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.querySelector("[data-copy-label]");
  button.addEventListener("click", async () => {
    const text = [...button.closest(".cite").querySelectorAll("pre")].find((pre) => pre.offsetParent)?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Select the text and copy it";
    }
  });
}

// A form that came back with errors: the summary takes the focus
document.querySelector("[data-focus]")?.focus();

// Tabs are anchors of one page: say which part was chosen last
for (const tabs of document.querySelectorAll(".tabs")) {
  const mark = () => {
    const links = [...tabs.querySelectorAll('a[href^="#"]')];
    const chosen = links.find((link) => link.hash === location.hash) ?? links[0];
    for (const link of links) {
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  window.addEventListener("hashchange", mark);
  mark();
}
