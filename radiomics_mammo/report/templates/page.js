"use strict";
(() => {
  const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);
  const NUMBER = /^<?\s*([+\-−]?[0-9.]+(?:e[+-]?[0-9]+)?)/i;

  function remembered(key, otherwise) {
    try { return JSON.parse(window.localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
  }

  function remember(key, value) {
    try { window.localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
  }

  function made(tag, attributes = {}, text = "") {
    const node = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
    node.textContent = text;
    return node;
  }

  function csvCell(text) {
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function csvText(rows) {
    return `${rows.map((row) => row.map(csvCell).join(",")).join("\n")}\n`;
  }

  function csvRows(text) {
    const rows = [[""]];
    let quoted = false;
    for (let at = text.charCodeAt(0) === 0xFEFF ? 1 : 0; at < text.length; at += 1) {
      const sign = text[at];
      const row = rows[rows.length - 1];
      if (quoted && sign === '"' && text[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; }
      else if (sign === '"') { quoted = !quoted; }
      else if (!quoted && sign === ",") { row.push(""); }
      else if (!quoted && sign === "\n") { rows.push([""]); }
      else if (sign !== "\r" || quoted) { row[row.length - 1] += sign; }
    }
    return rows.filter((row) => row.some((cell) => cell !== ""));
  }

  function save(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async function copy(text) {
    try { await navigator.clipboard.writeText(text); return; } catch { /* no permission: the old way */ }
    const field = made("textarea", { "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }

  function numberOf(text) {
    const found = NUMBER.exec(text);
    return found ? Number(found[1].replace("−", "-")) : null;
  }

  function compared(a, b) {
    const [x, y] = [numberOf(a), numberOf(b)];
    if (x !== null && y !== null) { return x - y; }
    return a.localeCompare(b, "en", { numeric: true });
  }

  function tableTools(root) {
    const table = root.querySelector("table");
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const names = heads.map((head) => head.textContent);
    const numeric = heads.map((head) => head.classList.contains("number"));
    const rest = JSON.parse(root.querySelector("[data-rest]")?.textContent || "[]");
    const rows = [...body.rows].map((node) => ({ node, cells: [...node.cells].map((cell) => cell.textContent) }));
    let limit = rows.length;
    rows.push(...rest.map((cells) => ({ node: null, cells })));
    if (rows.length === 0) { return; }
    let order = { column: -1, up: true };
    const picks = [];
    const tools = made("div", { class: "table-tools", role: "group", "aria-label": "Table tools" });
    const search = made("input", { type: "search", placeholder: "search", "aria-label": "Search in this table", size: "14" });
    const count = made("span", { class: "shown", role: "status" });
    const more = made("button", { type: "button", "data-more": "" });
    const copied = made("button", { type: "button", "data-copy": "" }, "Copy");
    const csv = made("button", { type: "button", "data-csv": "" }, "CSV");
    copied.title = "Copy the rows below for a spreadsheet (tab-separated)";
    csv.title = "Save the rows below as a CSV file";

    function nodeOf(row) {
      if (row.node === null) {
        row.node = made("tr");
        row.cells.forEach((text, place) => {
          const cell = made(place ? "td" : "th", place ? {} : { scope: "row" });
          if (numeric[place]) { cell.className = "number"; }
          text.split("_").forEach((part, at) => { cell.append(...(at ? ["_", made("wbr")] : []), part); });
          row.node.append(cell);
        });
      }
      return row.node;
    }

    function fitting() {
      const wanted = search.value.trim().toLowerCase();
      const fits = rows.filter((row) => (wanted === "" || row.cells.some((text) => text.toLowerCase().includes(wanted)))
        && picks.every(({ place, field }) => field.value === "" || row.cells[place] === field.value));
      if (order.column < 0) { return fits; }
      const empty = (row) => row.cells[order.column] === "–";
      const sign = order.up ? 1 : -1;
      return [...fits].sort((a, b) => (empty(a) - empty(b))
        || sign * compared(a.cells[order.column], b.cells[order.column]));
    }

    function draw() {
      const fits = fitting();
      body.replaceChildren(...fits.slice(0, limit).map(nodeOf));
      count.textContent = `${Math.min(limit, fits.length)} of ${rows.length} rows`;
      more.hidden = fits.length <= limit;
      more.textContent = `Show all ${fits.length}`;
    }

    heads.forEach((head, place) => {
      const button = made("button", { type: "button", class: "sort" }, names[place]);
      button.addEventListener("click", () => {
        order = order.column !== place ? { column: place, up: true }
          : order.up ? { column: place, up: false } : { column: -1, up: true };
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (order.column >= 0) { head.setAttribute("aria-sort", order.up ? "ascending" : "descending"); }
        draw();
      });
      head.replaceChildren(button);
    });
    if (rows.length > 8) {
      tools.append(search);
      search.addEventListener("input", draw);
      names.forEach((name, place) => {
        const words = [...new Set(rows.map((row) => row.cells[place]))];
        if (numeric[place] || words.length < 2 || words.length > 12 || picks.length === 4) { return; }
        if (words.some((word) => numberOf(word) !== null && word.includes("("))) { return; }
        const field = made("select", { "aria-label": `Only rows of one ${name}` });
        field.append(made("option", { value: "" }, name));
        words.sort(compared).forEach((word) => field.append(made("option", { value: word }, word)));
        field.addEventListener("input", draw);
        picks.push({ place, field });
        tools.append(field);
      });
      tools.append(count, more);
    }
    tools.append(copied, csv);
    more.addEventListener("click", () => { limit = rows.length; draw(); });
    const texts = () => [names, ...fitting().map((row) => row.cells)];
    copied.addEventListener("click", async () => {
      await copy(texts().map((row) => row.join("\t")).join("\n"));
      copied.textContent = "Copied";
      window.setTimeout(() => { copied.textContent = "Copy"; }, 1500);
    });
    csv.addEventListener("click", () => save(`${root.dataset.table}.csv`, csvText(texts())));
    if (rows.length > 8) { root.prepend(tools); } else { tools.classList.add("after"); root.append(tools); }
    draw();
  }

  /* The review: one decision an id and hash, kept by the browser for this study, and all of them in the download. */
  function reviewOf(root) {
    const key = `radiomics_mammo review ${root.dataset.study}`;
    const known = new Map();
    const listeners = [];
    const name = (id, hash) => `${id} ${hash}`;
    const columns = ["id", "mask_sha256", "decision", "note", "reader", "date"];
    let kept = true;

    function take(rows) {
      rows.forEach((row) => {
        const old = known.get(name(row.id, row.mask_sha256));
        if (!old || (row.date || "") >= (old.date || "")) { known.set(name(row.id, row.mask_sha256), row); }
      });
    }

    function changed() {
      kept = remember(key, [...known.values()]);
      listeners.forEach((act) => act());
    }

    take(JSON.parse(document.querySelector("[data-decisions]")?.textContent || "[]"));
    take(remembered(key, []));
    return {
      get: (id, hash) => known.get(name(id, hash)),
      otherMask: (id, hash) => [...known.values()].some((row) => row.id === id && row.mask_sha256 !== hash),
      set(id, hash, change) {
        const old = known.get(name(id, hash)) || { id, mask_sha256: hash, decision: "", note: "" };
        const next = { ...old, ...change, reader: remembered("radiomics_mammo reader", ""), date: new Date().toISOString() };
        if (next.decision === "" && next.note === "") { known.delete(name(id, hash)); }
        else { known.set(name(id, hash), next); }
        changed();
      },
      listen: (act) => listeners.push(act),
      isKept: () => kept,
      all: () => [...known.values()].filter((row) => row.decision !== ""),
      text() {
        return csvText([columns, ...this.all().map((row) => columns.map((column) => row[column] || ""))]);
      },
      load(text) {
        const [head, ...rows] = csvRows(text);
        const place = (column) => head.indexOf(column);
        const at = place("id") >= 0 ? place("id") : place("lesion_id");
        if (at < 0 || place("mask_sha256") < 0) { return false; }
        take(rows.map((row) => Object.fromEntries(columns.map((column) => {
          const cell = row[column === "id" ? at : place(column)];
          return [column, cell ?? (column === "decision" ? "wrong" : "")];
        }))));
        changed();
        return true;
      },
    };
  }

  function judged(item, review) {
    const { id, mask } = item.dataset;
    const own = (selector) => [...item.querySelectorAll(selector)].filter((node) => node.closest("[data-judge]") === item);
    const [note] = own("[data-note]");
    const [told] = own("[data-judged]");
    const buttons = own("[data-decide]");
    const show = () => {
      const row = review.get(id, mask);
      const decision = row?.decision || "unseen";
      item.dataset.decision = decision;
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.decide === decision)));
      if (document.activeElement !== note) { note.value = row?.note || ""; }
      const by = row?.decision && row.date ? [row.reader, row.date.slice(0, 10)].filter(Boolean).join(", ") : "";
      told.textContent = by || (!row && review.otherMask(id, mask) ? "judged before with another mask" : "");
    };
    buttons.forEach((button) => button.addEventListener("click", () => {
      const again = button.getAttribute("aria-pressed") === "true";
      review.set(id, mask, { decision: again ? "" : button.dataset.decide });
    }));
    note.addEventListener("change", () => review.set(id, mask, { note: note.value.trim() }));
    review.listen(show);
    show();
  }

  function reviewTools(root, review, items) {
    const download = root.querySelector("[data-download]");
    const reader = root.querySelector("[data-reader]");
    const status = root.querySelector("[data-progress]");
    reader.value = remembered("radiomics_mammo reader", "");
    reader.addEventListener("change", () => remember("radiomics_mammo reader", reader.value.trim()));
    const show = () => {
      const of = (kind) => items.filter((item) => item.dataset.kind === kind);
      const seen = (part) => part.filter((item) => item.dataset.decision !== "unseen").length;
      const wrong = items.filter((item) => item.dataset.decision === "wrong").length;
      const outlines = of("outline");
      const more = ["alignment", "zone"].map((kind) => [of(kind), `${kind}s`]).filter(([part]) => part.length)
        .map(([part, words]) => `, ${seen(part)} of ${part.length} ${words}`).join("");
      const lost = review.isKept() ? "" : " This browser keeps nothing: download before you leave.";
      status.textContent = `${seen(outlines)} of ${outlines.length} outlines seen${more}; ${wrong} wrong.${lost}`;
      download.disabled = review.all().length === 0;
      download.textContent = `Download review (${review.all().length})`;
    };
    download.addEventListener("click", () => save("review.csv", review.text()));
    root.querySelector("[data-load]").addEventListener("change", async (event) => {
      const file = event.target.files[0];
      if (file && !review.load(await file.text())) { status.textContent = `${file.name} is no review: it lacks id or mask_sha256.`; }
      event.target.value = "";
    });
    review.listen(show);
    show();
  }

  function contactSheet(sheet, review) {
    const cards = [...sheet.querySelectorAll(".card")];
    const dialog = sheet.querySelector("[data-dialog]");
    const contour = sheet.querySelector("[data-contour]");
    const here = dialog.querySelector("[data-note-here]");
    let current = cards[0];

    const visible = () => cards.filter((card) => !card.hidden);

    function filter() {
      const wanted = {};
      each(sheet, "[data-filter]", (field) => { wanted[field.dataset.filter] = field.value.trim().toLowerCase(); });
      cards.forEach((card) => {
        const fits = Object.entries(wanted).every(([name, value]) => {
          const own = card.dataset[name].toLowerCase();
          return name === "patient" ? own.includes(value) : value === "" || own === value;
        });
        card.hidden = !fits;
      });
      sheet.querySelector("[data-shown]").textContent = `${visible().length} of ${cards.length} lesions`;
    }

    function toggleContour() {
      const on = sheet.classList.toggle("plain");
      contour.setAttribute("aria-pressed", String(!on));
    }

    function showDecision() {
      const decision = current.dataset.decision;
      each(dialog, "[data-decide-here]", (button) => button.setAttribute("aria-pressed", String(button.dataset.decideHere === decision)));
      if (document.activeElement !== here) { here.value = current.querySelector("[data-note]").value; }
    }

    function show(card) {
      if (!card) { return; }
      current = card;
      const shown = visible();
      const [dicom, line, copied] = card.querySelectorAll("img");
      dialog.querySelector("[data-dicom]").src = dicom.src;
      dialog.querySelector("[data-line]").src = line.src;
      dialog.querySelector("[data-copy]").src = copied.src;
      dialog.querySelector("[data-name]").textContent = `${card.dataset.id} (${shown.indexOf(card) + 1} of ${shown.length})`;
      dialog.querySelector("[data-facts]").textContent =
        [card.dataset.label, card.dataset.quality, card.querySelector(".facts").textContent].join(" · ");
      here.value = card.querySelector("[data-note]").value;
      showDecision();
      if (!dialog.open) { dialog.showModal(); }
    }

    function step(by) {
      const shown = visible();
      if (shown.length) { show(shown[(shown.indexOf(current) + by + shown.length) % shown.length]); }
    }

    function nextUnseen() {
      const shown = visible();
      const after = [...shown.slice(shown.indexOf(current) + 1), ...shown.slice(0, shown.indexOf(current) + 1)];
      show(after.find((card) => card.dataset.decision === "unseen"));
    }

    function decide(decision) {
      current.querySelector(`[data-decide="${decision}"]`).click();
      showDecision();
    }

    function right() {
      if (current.dataset.decision !== "right") { decide("right"); }
      nextUnseen();
    }

    const keys = {
      ArrowLeft: () => step(-1), ArrowRight: () => step(1), c: toggleContour, r: right, w: () => decide("wrong"), n: nextUnseen,
    };
    dialog.addEventListener("keydown", (event) => {
      if (event.target === here) { return; }
      const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (act && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); act(); }
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) { dialog.close(); } });
    dialog.addEventListener("close", () => current.querySelector("[data-open]").focus());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-previous]").addEventListener("click", () => step(-1));
    dialog.querySelector("[data-next]").addEventListener("click", () => step(1));
    dialog.querySelector("[data-unseen]").addEventListener("click", nextUnseen);
    each(dialog, "[data-decide-here]", (button) => button.addEventListener("click", () => decide(button.dataset.decideHere)));
    here.addEventListener("change", () => {
      const note = current.querySelector("[data-note]");
      note.value = here.value;
      note.dispatchEvent(new Event("change"));
    });
    cards.forEach((card) => card.querySelector("[data-open]").addEventListener("click", () => show(card)));
    each(sheet, "[data-filter]", (field) => field.addEventListener("input", filter));
    contour.addEventListener("click", toggleContour);
    filter();
  }

  function gallery(root) {
    const pairs = [...root.querySelectorAll(".pair")];
    each(root, "[data-overlay]", (overlay) => {
      const slide = overlay.querySelector("[data-slide]");
      const flicker = overlay.querySelector("[data-flicker]");
      const cut = () => overlay.style.setProperty("--cut", `${slide.value}%`);
      slide.addEventListener("input", cut);
      flicker.addEventListener("click", () => {
        flicker.setAttribute("aria-pressed", String(overlay.classList.toggle("flicker")));
      });
      cut();
    });
    const mode = root.querySelector("[data-mode-choice]");
    mode.addEventListener("input", () => { root.dataset.mode = mode.value; });
    const unaligned = root.querySelector("[data-unaligned]");
    unaligned.addEventListener("click", () => {
      root.dataset.prior = root.dataset.prior === "aligned" ? "unaligned" : "aligned";
      unaligned.setAttribute("aria-pressed", String(root.dataset.prior === "unaligned"));
    });
    function filter() {
      const value = (name) => root.querySelector(`[data-pair-filter="${name}"]`).value.trim().toLowerCase();
      const [trusted, patient, decision] = ["trusted", "patient", "decision"].map(value);
      pairs.forEach((pair) => {
        pair.hidden = (trusted !== "" && pair.dataset.trusted !== trusted)
          || (decision !== "" && pair.dataset.decision !== decision)
          || !pair.dataset.patient.toLowerCase().includes(patient);
      });
      root.querySelector("[data-pairs-shown]").textContent =
        `${pairs.filter((pair) => !pair.hidden).length} of ${pairs.length} pairs`;
    }
    each(root, "[data-pair-filter]", (field) => field.addEventListener("input", filter));
  }

  /* The value, and whose it is, at the mark of a drawing that one points at or taps. */
  function tips(drawing) {
    const data = drawing.querySelector("[data-tips]");
    if (!data) { return; }
    const [wide, phone] = JSON.parse(data.textContent);
    const image = drawing.querySelector("img");
    const source = drawing.querySelector("source");
    const box = made("div", { class: "tip" });
    const near = 14;
    function point(event) {
      const marks = source && window.matchMedia(source.media).matches ? phone : wide;
      const { left, top } = image.getBoundingClientRect();
      const style = window.getComputedStyle(image);
      const [padX, padY] = [parseFloat(style.paddingLeft), parseFloat(style.paddingTop)];
      const [width, height] = [image.clientWidth - 2 * padX, image.clientHeight - 2 * padY];
      const away = ([x, y]) => Math.hypot(left + padX + x * width - event.clientX, top + padY + y * height - event.clientY);
      let found = null;
      let least = near;
      marks.forEach((mark) => { const far = away(mark); if (far < least) { [found, least] = [mark, far]; } });
      if (!found) { box.remove(); return; }
      const same = marks.filter((mark) => mark[0] === found[0] && mark[1] === found[1]).map((mark) => mark[2]);
      box.textContent = same.slice(0, 4).join("; ");
      document.body.append(box);
      const edge = document.documentElement.clientWidth - box.offsetWidth - 4;
      box.style.left = `${Math.max(4, Math.min(edge, event.clientX + 12)) + window.scrollX}px`;
      box.style.top = `${event.clientY + 14 + window.scrollY}px`;
    }
    image.addEventListener("pointermove", point);
    image.addEventListener("click", point);
    image.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") { box.remove(); } });
  }

  function markPlace() {
    const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
    const watch = new IntersectionObserver((seen) => seen.forEach((entry) => {
      const link = links.get(entry.target.getAttribute("aria-labelledby"));
      if (link) { link.classList.toggle("here", entry.isIntersecting); }
    }), { rootMargin: "-15% 0px -75% 0px" });
    each(document, "section.level-2", (part) => watch.observe(part));
  }

  /* What is linked to is opened and stands at the top, also where the page was opened with the link. */
  function arrive() {
    const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!target) { return; }
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) { fold.open = true; }
    target.scrollIntoView({ block: "start", behavior: "instant" });
  }

  function printing() {
    const appendix = document.querySelector("[data-appendix]");
    const opened = [];
    appendix.addEventListener("change", () => document.documentElement.classList.toggle("appendix", appendix.checked));
    window.addEventListener("beforeprint", () => {
      if (!appendix.checked) { return; }
      each(document, "details:not([open])", (fold) => { fold.open = true; opened.push(fold); });
    });
    window.addEventListener("afterprint", () => { opened.splice(0).forEach((fold) => { fold.open = false; }); });
  }

  each(document, "[data-paste]", (root) => {
    const button = root.querySelector("[data-copy-text]");
    button.addEventListener("click", async () => {
      await copy(root.firstElementChild.textContent);
      button.textContent = "Copied";
      window.setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  });
  each(document, "[data-drawing]", tips);
  each(document, "[data-table]", tableTools);
  each(document, "[data-review]", (root) => {
    const review = reviewOf(root);
    const items = [...document.querySelectorAll("[data-judge]")];
    items.forEach((item) => judged(item, review));
    reviewTools(root, review, items);
    each(document, "[data-sheet]", (sheet) => contactSheet(sheet, review));
  });
  each(document, "[data-gallery]", gallery);
  markPlace();
  printing();
  window.addEventListener("hashchange", arrive);
  window.addEventListener("load", arrive);
})();
