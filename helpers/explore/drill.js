// Shows a question and takes the answer. Every sentence comes from Python (drill_widget.py).
// An answer travels in the message that asks to judge it, so that no keystroke can be late.

function add(parent, name, attributes = {}, text = "") {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

function bold(word) {
  const node = document.createElement("strong");
  node.textContent = word;
  return node;
}

function render({ model, el }) {
  const root = add(el, "div", { class: "course-drill" });
  const question = add(root, "p", { class: "question", "aria-live": "polite" });
  const form = add(root, "form", { class: "answer" });
  const label = add(form, "label", {}, "answer");
  const field = add(label, "input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const check = add(form, "button", { type: "submit" }, "Check");
  const show = add(form, "button", { type: "button", "data-press": "show" }, "Show working");
  const next = add(form, "button", { type: "button", "data-press": "next" }, "Next");
  const score = add(form, "output", { class: "score", "aria-live": "off" });
  const verdict = add(root, "div", { class: "verdict", "aria-live": "polite" });
  let number = 0;

  function press(what) {
    model.send({ press: what, answer: field.value, number });
    field.focus();
    field.select(); // what is typed next replaces it
  }

  function write() {
    const shown = model.get("shown");
    if (shown.number !== number) {
      number = shown.number;
      field.value = "";
      question.replaceChildren();
      add(question, "strong", {}, shown.kind);
      question.append(` ${shown.text}`);
    }
    check.disabled = show.disabled = shown.settled;
    score.textContent = shown.score;
    verdict.className = `verdict ${shown.state}`;
    verdict.replaceChildren();
    for (const line of shown.lines) add(verdict, "p", {}, line);
    if (shown.word) verdict.firstChild.prepend(bold(shown.word), " ");
  }

  // Not the form's own submit: Enter also goes on, when the button that checks is disabled.
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.repeat) return;
    event.preventDefault();
    press("enter");
  });
  check.addEventListener("click", () => press("check"));
  for (const button of [show, next]) {
    button.addEventListener("click", () => press(button.dataset.press));
  }
  model.on("change:shown", write);
  write();
  return () => model.off("change:shown", write);
}

export default { render };
