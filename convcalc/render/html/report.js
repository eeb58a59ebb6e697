const data = JSON.parse(document.getElementById("data").textContent);
attachReport({
  explainLayer: (article, name) => data[article.dataset.network]?.layers[name],
  binsOf: (article) => data[article.dataset.network].step.bins,
});
