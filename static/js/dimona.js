"use strict";

/* Comfort only: every page does its work without this file. */
(() => {
  const form = () => document.getElementById("step-form");
  const wideScreen = window.matchMedia("(min-width: 62rem)");

  /* The step panel stands open beside the form, and folded above it on a narrow screen. */
  function foldPanel() {
    for (const details of document.querySelectorAll(".panel details")) details.open = wideScreen.matches;
  }

  /* What must be read first: errors, or that the answers were changed elsewhere. Such a page answers a POST: Back and
     reload then ask for it by its address, where what was typed is kept. */
  function focusAlert() {
    const alert = document.querySelector("[role=alert][tabindex]");
    if (!alert) return;
    window.history.replaceState(null, "", window.location.href);
    alert.focus();
  }

  /* What the named choice stands at: a select, a group of radio buttons, or a ticked box ("on"). */
  function chosen(name) {
    const field = document.querySelector(`[data-field="${name}"]`);
    const control = field?.querySelector("select, input:checked");
    return control ? control.value : "";
  }

  /* data-shown-when="name=value|value": shown only when the named choice has one of the values. What is hidden is sent
     all the same, as it is without JavaScript: the server knows what applies, and nothing typed is lost. */
  function showWhatApplies() {
    for (const marked of document.querySelectorAll("[data-shown-when]")) {
      const [name, values] = marked.dataset.shownWhen.split("=");
      marked.hidden = !values.split("|").includes(chosen(name));
    }
    hideErrorsOfHidden();
  }

  /* An error of a branch that is not chosen any more leads nowhere. */
  function hideErrorsOfHidden() {
    const summary = document.querySelector(".error-summary");
    if (!summary) return;
    const items = [...summary.querySelectorAll("li")];
    for (const item of items) {
      const link = item.querySelector("a");
      item.hidden = Boolean(link && document.getElementById(link.hash.slice(1))?.closest("[hidden]"));
    }
    summary.hidden = items.every((item) => item.hidden);
  }

  /* dd/mm/yyyy, or dd.mm.yyyy on a German page, from and to the browser's yyyy-mm-dd; ddmmyyyy is read too. */
  function toIso(text) {
    const parts = text.trim().match(/^(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4})$|^(\d{2})(\d{2})(\d{4})$/)?.filter(Boolean);
    return parts ? `${parts[3]}-${parts[2].padStart(2, "0")}-${parts[1].padStart(2, "0")}` : "";
  }

  function fromIso(iso) {
    const separator = document.documentElement.lang === "de" ? "." : "/";
    return iso.split("-").reverse().join(separator);
  }

  function offerCalendars() {
    if (!("showPicker" in HTMLInputElement.prototype)) return;
    for (const day of document.querySelectorAll(".day-field")) {
      const [text, button, native] = day.querySelectorAll("input:not(.day-native), .day-open, .day-native");
      button.hidden = native.hidden = false;
      button.onclick = () => {
        native.value = toIso(text.value);
        native.showPicker();
      };
      native.onchange = () => {
        text.value = fromIso(native.value);
        text.dispatchEvent(new Event("change", { bubbles: true }));
        text.focus();
      };
    }
  }

  function prepare() {
    for (const button of document.querySelectorAll(".button-refresh")) button.hidden = true;
    showWhatApplies();
    offerCalendars();
  }

  const controls = (root) => [...root.querySelectorAll("input[id], select[id], textarea[id]")];
  const state = (control) => (/^(radio|checkbox)$/.test(control.type) ? control.checked : control.value);
  const states = (root) => new Map(controls(root).map((control) => [control.id, state(control)]));

  function restore(control, value) {
    if (typeof value === "boolean") control.checked = value;
    else control.value = value;
  }

  /* Puts the fields of the answer in the place of the present ones: focus stays, so does what was typed meanwhile. */
  function replaceFields(fresh, before) {
    const typed = [...states(form())].filter(([id, value]) => before.has(id) && before.get(id) !== value);
    const open = [...form().querySelectorAll("details[open]")].map((details) => details.closest("[data-field]")?.dataset.field);
    const focused = document.activeElement?.id;
    form().replaceChildren(...fresh.getElementById("step-form").childNodes);
    for (const [id, value] of typed) {
      const control = document.getElementById(id);
      if (control) restore(control, value);
    }
    for (const name of open) form().querySelector(`[data-field="${name}"] details`)?.setAttribute("open", "");
    document.querySelector(".error-summary")?.remove();
    document.title = fresh.title;
    prepare();
    if (focused) document.getElementById(focused)?.focus();
  }

  let activeRequest;

  /* A choice that brings other fields: the server draws them, as it does without JavaScript. */
  async function refresh() {
    activeRequest?.abort();
    activeRequest = new AbortController();
    const before = states(form());
    const body = new URLSearchParams(new FormData(form()));
    body.set("go", "refresh");
    try {
      const response = await fetch(form().action, { method: "POST", body, signal: activeRequest.signal });
      // What is typed stays on the page, and the copy of the draft with it: the server has no part of them then.
      if (!response.ok) throw new Error(response.statusText);
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!fresh.getElementById("step-form")) return window.location.assign(response.url);
      replaceFields(fresh, before);
      const status = document.querySelector("[data-refreshed]");
      status.textContent = status.dataset.refreshed;
    } catch (error) {
      if (error.name === "AbortError") return;
      for (const button of document.querySelectorAll(".button-refresh")) button.hidden = false;
    }
  }

  const initialIndex = (select) => Math.max(0, [...select.options].findIndex((option) => option.defaultSelected));
  const isChanged = (control) =>
    control.options ? control.selectedIndex !== initialIndex(control) : control.checked !== control.defaultChecked;

  /* A choice made before this file ran, or put back by the browser on a reload, brings its fields too. */
  function refreshIfChanged() {
    const choices = document.querySelectorAll("select[data-refresh], input[data-refresh], [data-refresh] input");
    if ([...choices].some(isChanged)) refresh();
  }

  /* Browsers search a list by the letters typed within a second of each other; drawn anew, it would forget the first. */
  const TYPEAHEAD_MS = 1000;
  let typeaheadTimer = 0;

  function onKeyDown(event) {
    if (event.key.length !== 1 || !event.target.matches("select[data-refresh]")) return;
    activeRequest?.abort();
    window.clearTimeout(typeaheadTimer);
    typeaheadTimer = window.setTimeout(endTypeahead, TYPEAHEAD_MS);
  }

  function endTypeahead() {
    window.clearTimeout(typeaheadTimer);
    typeaheadTimer = 0;
    refreshIfChanged();
  }

  function onFocusOut() {
    if (typeaheadTimer) endTypeahead();
  }

  function onChange(event) {
    showWhatApplies();
    if (!typeaheadTimer && event.target.matches("[data-refresh], [data-refresh] *")) refresh();
  }

  /* The second press of an impatient hand is dropped; after some seconds one may try again. */
  function sendOnce(event) {
    const button = event.submitter;
    if (!button?.matches("[data-once]")) return;
    if (button.getAttribute("aria-disabled") === "true") return event.preventDefault();
    button.setAttribute("aria-disabled", "true");
    window.setTimeout(release, 8000);
  }

  function release() {
    for (const button of document.querySelectorAll("[data-once]")) button.removeAttribute("aria-disabled");
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy.replace(/\s/g, ""));
    button.nextElementSibling.textContent = button.dataset.copied;
  }

  /* Without #id in the address, which later pages would inherit and take the focus from their errors. */
  function skipTo(event, id) {
    event.preventDefault();
    document.getElementById(id)?.focus();
  }

  function onClick(event) {
    const link = event.target.closest(".error-summary a");
    if (link) skipTo(event, link.hash.slice(1));
    if (event.target.closest(".skip-link")) skipTo(event, "main");
    const button = event.target.closest("[data-print], [data-copy]");
    if (button?.matches("[data-print]")) window.print();
    if (button?.matches("[data-copy]")) copy(button);
  }

  /* Postal codes and towns to pick from weigh more than the page: they come when one of their fields is come to. */
  async function offerPlaces(event) {
    const codes = document.querySelector("[data-places]");
    const towns = document.getElementById("towns");
    if (!codes || !event.target.list) return;
    const url = codes.dataset.places;
    delete codes.dataset.places;
    try {
      const places = await (await fetch(url)).json();
      codes.append(...places.map(([code, town]) => new Option(town, code)));
      towns.append(...places.map(([code, town]) => new Option(code, town)));
    } catch {
      /* Nothing is suggested, as without JavaScript; the next field tries again. */
      codes.dataset.places = url;
    }
  }

  function offerPrintAndCopy() {
    for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  }

  document.addEventListener("change", onChange);
  document.addEventListener("keydown", onKeyDown);
  document.addEventListener("focusin", offerPlaces);
  document.addEventListener("focusout", onFocusOut);
  document.addEventListener("submit", sendOnce);
  document.addEventListener("click", onClick);
  /* On Back the browser puts the choices back after this file ran. */
  function onShow() {
    release();
    showWhatApplies();
  }

  window.addEventListener("pageshow", onShow);
  wideScreen.addEventListener("change", foldPanel);
  foldPanel();
  prepare();
  offerPrintAndCopy();
  focusAlert();
  refreshIfChanged();
})();
