"use strict";
(() => {
  const each = (root, selector, act) => root.querySelectorAll(selector).forEach(act);

  function remembered(key) {
    try { return JSON.parse(window.localStorage.getItem(key) || "[]"); } catch { return []; }
  }

  function remember(key, value) {
    try { window.localStorage.setItem(key, JSON.stringify(value)); } catch { /* private windows keep nothing */ }
  }

  function csvCell(text) {
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function contactSheet(sheet) {
    const cards = [...sheet.querySelectorAll(".card")];
    const dialog = sheet.querySelector("[data-dialog]");
    const download = sheet.querySelector("[data-download]");
    const contour = sheet.querySelector("[data-contour]");
    const key = `radiomics_mammo wrong outlines ${cards.map((card) => card.dataset.mask.slice(0, 8)).join("")}`;
    let current = 0;

    const box = (card) => card.querySelector("[data-wrong]");
    const visible = () => cards.filter((card) => !card.hidden);
    const marked = () => cards.filter((card) => box(card).checked);

    function countMarks() {
      const wrong = marked();
      download.disabled = wrong.length === 0;
      download.textContent = `Download exclusions (${wrong.length})`;
      cards.forEach((card) => card.classList.toggle("marked", box(card).checked));
      remember(key, wrong.map((card) => card.dataset.mask));
    }

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

    function show(index) {
      const shown = visible();
      if (shown.length === 0) { return; }
      current = (index + shown.length) % shown.length;
      const card = shown[current];
      const [dicom, line, copy] = card.querySelectorAll("img");
      dialog.querySelector("[data-dicom]").src = dicom.src;
      dialog.querySelector("[data-line]").src = line.src;
      dialog.querySelector("[data-copy]").src = copy.src;
      dialog.querySelector("[data-name]").textContent = `${card.dataset.lesion} (${current + 1} of ${shown.length})`;
      dialog.querySelector("[data-facts]").textContent =
        [card.dataset.label, card.dataset.quality, card.querySelector(".facts").textContent].join(" · ");
      dialog.querySelector("[data-wrong-here]").checked = box(card).checked;
      if (!dialog.open) { dialog.showModal(); }
    }

    function mark(wrong) {
      const card = visible()[current];
      box(card).checked = wrong;
      dialog.querySelector("[data-wrong-here]").checked = wrong;
      countMarks();
    }

    function save() {
      const rows = marked().map((card) => `${csvCell(card.dataset.lesion)},${csvCell(card.dataset.mask)}`);
      const file = new Blob([["lesion_id,mask_sha256", ...rows].join("\n"), "\n"], { type: "text/csv" });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = "exclusions.csv";
      link.click();
      URL.revokeObjectURL(link.href);
    }

    const keys = {
      ArrowLeft: () => show(current - 1),
      ArrowRight: () => show(current + 1),
      c: toggleContour,
      w: () => mark(!box(visible()[current]).checked),
    };
    dialog.addEventListener("keydown", (event) => {
      const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (act && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); act(); }
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) { dialog.close(); } });
    dialog.addEventListener("close", () => visible()[current]?.querySelector("[data-open]").focus());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-previous]").addEventListener("click", () => show(current - 1));
    dialog.querySelector("[data-next]").addEventListener("click", () => show(current + 1));
    dialog.querySelector("[data-wrong-here]").addEventListener("change", (event) => mark(event.target.checked));
    cards.forEach((card) => {
      card.querySelector("[data-open]").addEventListener("click", () => show(visible().indexOf(card)));
      box(card).addEventListener("change", countMarks);
    });
    each(sheet, "[data-filter]", (field) => field.addEventListener("input", filter));
    contour.addEventListener("click", toggleContour);
    download.addEventListener("click", save);
    const before = new Set(remembered(key));
    cards.forEach((card) => { box(card).checked = before.has(card.dataset.mask); });
    countMarks();
    filter();
  }

  function gallery(root) {
    const pairs = [...root.querySelectorAll(".pair")];
    each(root, "[data-slide]", (slide) => {
      const after = slide.closest(".slider").querySelector(".after");
      const cut = () => { after.style.clipPath = `inset(0 ${100 - Number(slide.value)}% 0 0)`; };
      slide.addEventListener("input", cut);
      cut();
    });
    function filter() {
      const trusted = root.querySelector('[data-pair-filter="trusted"]').value;
      const patient = root.querySelector('[data-pair-filter="patient"]').value.trim().toLowerCase();
      pairs.forEach((pair) => {
        pair.hidden = (trusted !== "" && pair.dataset.trusted !== trusted)
          || !pair.dataset.patient.toLowerCase().includes(patient);
      });
      root.querySelector("[data-pairs-shown]").textContent =
        `${pairs.filter((pair) => !pair.hidden).length} of ${pairs.length} pairs`;
    }
    each(root, "[data-pair-filter]", (field) => field.addEventListener("input", filter));
  }

  function markPlace() {
    const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
    const watch = new IntersectionObserver((seen) => seen.forEach((entry) => {
      const link = links.get(entry.target.getAttribute("aria-labelledby"));
      if (link) { link.classList.toggle("here", entry.isIntersecting); }
    }), { rootMargin: "-15% 0px -75% 0px" });
    each(document, "section.level-2", (part) => watch.observe(part));
  }

  each(document, "[data-sheet]", contactSheet);
  each(document, "[data-gallery]", gallery);
  markPlace();
  window.addEventListener("beforeprint", () => each(document, "details", (fold) => { fold.open = true; }));
})();
