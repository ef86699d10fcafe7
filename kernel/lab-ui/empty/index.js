/** Stands in for packages that JupyterLab's name but its pages here do not use: mermaid alone weighs 160 MB. */
// biome-ignore lint/style/noDefaultExport: what imports it asks for one
export default {};
