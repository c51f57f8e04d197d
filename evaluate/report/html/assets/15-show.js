// The page is what the state says; every change passes here.
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
