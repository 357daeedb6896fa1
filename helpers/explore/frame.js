// Draws nothing. Makes the explorer around it fit for the keyboard and for screen readers.

// A key that is meant for a slider or a button must not reach the notebook, where an arrow
// folds a heading and a letter adds a cell. Shortcuts with Ctrl and the like still pass.
function keepKey(event) {
  const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
  if (!isShortcut && event.key !== "Escape" && !(event.shiftKey && event.key === "Enter")) {
    event.stopPropagation();
  }
}

function render({ model, el }) {
  el.style.display = "none";
  let explorer = null;
  let tries = 0;
  const dress = () => {
    explorer = el.closest(".course-explorer");
    if (!explorer) {
      // The view is made before it is put into the page.
      if (tries++ < 300) requestAnimationFrame(dress);
      return;
    }
    explorer.addEventListener("keydown", keepKey);
    explorer.setAttribute("role", "group");
    explorer.setAttribute("aria-label", model.get("title"));
    for (const picture of explorer.querySelectorAll("img")) {
      picture.alt = model.get("alternative");
      picture.style.maxWidth = "100%";
      picture.style.height = "auto";
    }
  };
  dress();
  return () => explorer?.removeEventListener("keydown", keepKey);
}

export default { render };
