// How many parts are decided, and Enter in a field sends nothing. Everything works without it.
"use strict";

const form = document.getElementById("decision");
const segments = [...(form?.querySelectorAll(".ruling > .segment") ?? [])];
const count = () => {
  const decided = segments.filter((segment) => segment.querySelector('input:checked:not([value="ask"])')).length;
  for (const place of document.querySelectorAll("[data-decided]")) place.textContent = `${decided} decided`;
  for (const place of document.querySelectorAll("[data-progress]")) place.textContent = `${decided} of ${segments.length} decided`;
};
form?.addEventListener("change", count);
form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches('input[type="text"]')) event.preventDefault();
});
count();
