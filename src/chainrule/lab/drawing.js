// The field to draw a digit in. Python reads what is drawn: strokes go there, a reading comes back.
//
// strokes: a list of strokes, each a list of points [x, y] on a field of 280 by 280.
// meant:   the digit that somebody says was meant, or null.
// asked:   how often strokes were sent; it comes back with the reading of them.
// reading: {digit, probabilities, html, asked}, or {} when nothing is drawn.

const SIDE = 280;
const PEN = 18;
const PATIENCE = 5000; // milliseconds
const NO_ANSWER =
  "No answer came. If Python (the kernel) was started again, this field belongs to the one before: " +
  "run the cells from the top again.";

function render({ model, el }) {
  el.innerHTML = `
    <div class="chainrule-drawing" style="display:flex;flex-wrap:wrap;gap:24px;padding:8px">
      <div>
        <canvas width="${SIDE}" height="${SIDE}" aria-label="Field to draw a digit in"
                style="border:1px solid #888;touch-action:none;cursor:crosshair"></canvas>
        <div><button data-do="clear">Clear</button> <button data-do="undo">Undo a line</button></div>
      </div>
      <div style="flex:1;min-width:280px">
        <div data-part="reading" aria-live="polite">Draw a digit, 0 to 9, about as large as the field.</div>
        <div data-part="meant" hidden>Not what you meant? Say what it was: </div>
      </div>
    </div>`;
  const canvas = el.querySelector("canvas");
  const reading = el.querySelector("[data-part=reading]");
  const meant = el.querySelector("[data-part=meant]");
  const pen = canvas.getContext("2d");
  const hint = reading.textContent;
  let strokes = model.get("strokes").map((stroke) => [...stroke]);
  let drawing = false;
  let waiting;

  for (let digit = 0; digit < 10; digit++) {
    const button = document.createElement("button");
    button.textContent = digit;
    button.setAttribute("aria-label", `I meant ${digit}`);
    button.onclick = () => send(digit);
    meant.append(button);
  }

  // Ink has the colour of the notebook's text: dark on light, or light on dark.
  function paint() {
    pen.clearRect(0, 0, SIDE, SIDE);
    pen.strokeStyle = getComputedStyle(el).color;
    pen.lineWidth = PEN;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath(); // one path for all: where strokes cross, a half transparent colour stays even
    for (const stroke of strokes) {
      pen.moveTo(...stroke[0]);
      for (const point of stroke) pen.lineTo(...point); // the first too: a dot is a line
    }
    pen.stroke();
  }

  function send(digit = null) {
    const asked = model.get("asked") + 1;
    model.set({ strokes: strokes.map((stroke) => [...stroke]), meant: digit, asked });
    model.save_changes();
    clearTimeout(waiting);
    if (strokes.length) waiting = setTimeout(complain, PATIENCE);
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) * SIDE) / box.width;
    const y = ((event.clientY - box.top) * SIDE) / box.height;
    return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
  }

  canvas.onpointerdown = (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    strokes.push([place(event)]);
    paint();
  };
  canvas.onpointermove = (event) => {
    if (!drawing) return;
    strokes.at(-1).push(place(event));
    paint();
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (!drawing) return;
    drawing = false;
    send();
  };
  el.querySelector("[data-do=clear]").onclick = () => {
    strokes = [];
    paint();
    send();
  };
  el.querySelector("[data-do=undo]").onclick = () => {
    strokes.pop();
    paint();
    send();
  };

  // What stands there is the reading of an older drawing.
  function complain() {
    meant.hidden = true;
    reading.textContent = NO_ANSWER;
  }

  function show() {
    clearTimeout(waiting);
    const { html } = model.get("reading");
    meant.hidden = !html;
    if (html) reading.innerHTML = html;
    else reading.textContent = hint;
  }
  model.on("change:reading", show);
  paint();
  show();
  return () => {
    clearTimeout(waiting);
    model.off("change:reading", show);
  };
}

export default { render };
