// Render the state; every change ends here.
function show() {
  showTable();
  showGallery();
  showControls();
  showViewer();
}

show();
if (Object.keys(EMPTY).some((key) => key !== "sort" && key !== "photo" && state[key])) {
  document.getElementById("gallery").scrollIntoView();
}
