// A ticked box filters at once; the box keeps the focus on the page that comes.
"use strict";
(() => {
  const form = document.querySelector("[data-facets]");
  if (!form) return;
  const KEY = "facet";
  form.addEventListener("change", (event) => {
    if (event.target.type !== "checkbox") return;
    sessionStorage.setItem(KEY, event.target.id);
    form.requestSubmit();
  });
  // an empty year is no filter
  form.addEventListener("submit", () => {
    for (const field of form.querySelectorAll('input[name^="year"]')) if (!field.value.trim()) field.disabled = true;
  });
  const id = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  const box = id && document.getElementById(id);
  if (box) {
    form.closest("details").open = true;
    box.focus({ preventScroll: false });
  }
})();
