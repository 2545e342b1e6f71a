addEventListener("load", () => document.title += " ✓");
