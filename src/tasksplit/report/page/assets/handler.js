"use strict";
(() => {
  // A button beside what one would want to paste elsewhere; made when its part is opened, since there may be thousands.
  const selected = (code) => {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand("copy"); // where a page from disk may not use the clipboard itself
  };
  const copied = async (code) => {
    try { await navigator.clipboard.writeText(code.textContent); return true; } catch { return selected(code); }
  };

  function equip(part) {
    for (const code of part.querySelectorAll("code.copies")) {
      if (code.nextElementSibling?.classList.contains("copy")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "copy";
      button.setAttribute("aria-label", `copy ${code.textContent}`);
      code.after(button);
    }
  }

  addEventListener("DOMContentLoaded", () => {
    const said = document.createElement("p");
    said.className = "unseen";
    said.setAttribute("role", "status");
    said.id = "copied";
    document.body.append(said);
    for (const part of document.querySelectorAll("details.handler[open]")) equip(part);
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches("details.handler")) equip(event.target);
  }, true);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    event.preventDefault(); // it may stand in a summary, which would open or close
    const done = await copied(button.previousElementSibling);
    button.textContent = done ? "copied" : "select it and copy";
    document.getElementById("copied").textContent = done ? `copied ${button.previousElementSibling.textContent}` : "not copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
})();
