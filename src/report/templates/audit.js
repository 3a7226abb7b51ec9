"use strict";
(function () {
  var table = document.getElementById("drugs");
  var controls = document.getElementById("controls");
  if (table && controls) {
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    var words = document.getElementById("filter");
    var state = document.getElementById("state");
    var shown = document.getElementById("shown");
    controls.hidden = false;
    var filter = function () {
      var wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      var count = 0;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        var fits = (!state.value || row.dataset.state === state.value) &&
          wanted.every(function (word) { return text.indexOf(word) >= 0; });
        row.hidden = !fits;
        count += fits ? 1 : 0;
      });
      shown.textContent = count + " of " + rows.length + " drugs shown";
    };
    words.addEventListener("input", filter);
    state.addEventListener("change", filter);
    filter();
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) {
          other.removeAttribute("aria-sort");
        });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var key = function (row) { return row.cells[column].dataset.key || row.cells[column].textContent.trim(); };
        rows.sort(function (one, other) {
          var order = key(one).localeCompare(key(other), "en", { numeric: true, sensitivity: "base" });
          return down ? -order : order;
        });
        rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
      });
    });
  }
  var print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", function () { window.print(); });
  }
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    closed.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (details) { details.open = false; });
  });
  window.addEventListener("hashchange", function () {
    var target = document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") { target.open = true; }
  });
})();
