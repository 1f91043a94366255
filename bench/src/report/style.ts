/** How the page looks: one column of text, charts and tables as wide as it; paper is white. */
import { chartCss, dark, light, variables } from './theme.ts';

const themes = `
:root{color-scheme:light;${variables(light)}}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${variables(dark)}}}
:root[data-theme=dark]{color-scheme:dark;${variables(dark)}}
@media print{:root,:root:not([data-theme=light]),:root[data-theme=dark]{color-scheme:light;${variables(light)}}}
`;

const text = `
*{box-sizing:border-box}
body{margin:0 auto;max-width:66rem;padding:0 1.5rem 5rem;background:var(--ground);color:var(--ink);
  font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:break-word;-webkit-text-size-adjust:100%}
header{padding:2.5rem 0 1.5rem;border-bottom:1px solid var(--line)}
.kind{display:flex;justify-content:space-between;align-items:center;gap:1rem;margin:0;color:var(--soft)}
button{font:inherit;font-size:.85rem;color:var(--ink);background:none;border:1px solid var(--edge);border-radius:4px;padding:.2rem .6rem;cursor:pointer}
h1{font-size:clamp(1.45rem,1rem + 2.1vw,2.3rem);line-height:1.22;letter-spacing:-.015em;font-weight:650;max-width:32em;margin:.9rem 0 1.2rem;text-wrap:balance}
h2{font-size:1.4rem;line-height:1.3;letter-spacing:-.01em;margin:0 0 .4rem}
h3{font-size:1.05rem;margin:2rem 0 .4rem}
section{padding-top:3.5rem}
.lead{max-width:46em;margin:0 0 1.4rem;color:var(--soft)}
.findings{max-width:46em;margin:0 0 1.2rem;padding:0;list-style:none}
.findings li{padding:.28rem 0}
.source,figcaption,caption,small,.footnote{color:var(--soft)}
.source{font-size:.9rem;margin:0 0 1rem}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.9rem}
a{color:var(--websocket);text-underline-offset:.2em}
small{display:block;font-size:.8rem;line-height:1.35;font-weight:400}
pre{margin:0 0 1rem;padding:.8rem 1rem;background:var(--wash);border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere;font:.85rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
summary{cursor:pointer;padding:.5rem 0;color:var(--websocket)}
details{margin-top:1rem}
.plain{margin:.3rem 0;padding-left:1.2rem}
.alarm{margin:1rem 0;padding:.8rem 1.2rem;background:var(--badwash);border-left:5px solid var(--bad)}
.alarm p{margin:0;color:var(--bad);font-size:1.1rem}
body>.alarm{margin:0 -1.5rem;padding:1.2rem 1.5rem}
body>.alarm p{font-size:1.3rem}
.good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}.quiet{color:var(--soft)}
`;

const tables = `
.table{overflow-x:auto;margin:1.2rem 0 2rem}
table{border-collapse:collapse;min-width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{caption-side:top;text-align:left;padding-bottom:.5rem;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.45rem 1.1rem .45rem 0;border-bottom:1px solid var(--line)}
thead th{vertical-align:bottom;color:var(--soft);font-weight:500;font-size:.85rem}
tbody th{font-weight:600}
th:last-child,td:last-child{padding-right:0}
.figures{text-align:right;white-space:nowrap}
thead .figures{white-space:normal}
table:not(.prose) tbody th{white-space:nowrap;position:sticky;left:0;background:var(--ground)}
.prose td{min-width:7rem}
.facts th{width:13rem;font-weight:500;color:var(--soft)}
`;

const charts = `
${chartCss}
.chart{margin:0 0 2.6rem;break-inside:avoid}
figcaption{margin-bottom:.5rem;font-size:.9rem}
figcaption b{color:var(--ink);font-size:1rem;margin-right:.4em}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.85rem;color:var(--soft);margin-bottom:.3rem}
.key{width:.75em;height:.75em;margin-right:.4em}
.group{font-weight:600;font-size:.92rem;padding:.8rem 0 .15rem}
.row{display:grid;grid-template-columns:12.5rem minmax(0,1fr) 13.5rem;column-gap:1rem;line-height:1.3}
.label{display:flex;gap:.5rem;align-items:baseline;align-self:center;font-size:.9rem;min-width:0}
.label>span{min-width:0}
.label i{flex:none;width:.6rem;height:.6rem;background:currentColor;print-color-adjust:exact}
.row>.label>span,.row>.value{color:var(--ink)}
.plot{position:relative;min-height:44px}
.plot>svg{position:absolute;inset:0;width:100%;height:100%;display:block;overflow:visible}
.value{align-self:center;font-size:.9rem;font-variant-numeric:tabular-nums;min-width:0}
.value b{font-weight:600}
.spans{position:absolute;inset:auto 0 0 0;height:12px;font-size:10.5px;line-height:12px;color:var(--soft)}
.spans div{position:absolute;height:12px;padding-left:2px;overflow:hidden;display:flex;flex-wrap:wrap}
.spans div::before{content:"";width:1px;height:12px}
.spans span{white-space:nowrap}
.ticks{position:relative;height:1.6rem;font-size:.8rem;color:var(--soft);font-variant-numeric:tabular-nums}
.ticks span{position:absolute;top:.3rem;transform:translateX(-50%);white-space:nowrap}
.ticks .first{transform:none}.ticks .last{transform:translateX(-100%)}
.footnote{font-size:.85rem;margin:.3rem 0 0}
`;

const narrow = `
@media screen and (max-width:46rem){
body{padding:0 1rem 3rem}
body>.alarm{margin:0 -1rem;padding:1rem}
header{padding-top:1.5rem}
section{padding-top:2.5rem}
table:not(.prose) tbody th{white-space:normal;min-width:5.5rem;max-width:7.5rem}
.row{grid-template-columns:minmax(0,1fr) auto;padding-top:.5rem}
.label{align-self:end}
.value{align-self:end;text-align:right}
.value small{white-space:nowrap}
.plot,.ticks{grid-column:1/-1;grid-row:2}
.axis{padding-top:0}.axis>div:empty{display:none}
.prose,.prose caption,.prose tbody,.prose tr,.prose th,.prose td{display:block;width:auto}
.prose thead{display:none}
.prose tr{padding:.7rem 0;border-bottom:1px solid var(--line)}
.prose th,.prose td{border:0;padding:.15rem 0}
.prose td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}
.prose .figures{text-align:left}
.facts tr{padding:.35rem 0}
}
@media print{
body{max-width:none;padding:0;font-size:10pt}
nav,button,summary{display:none}
.row{grid-template-columns:10rem minmax(0,1fr) 12.5rem}
.table{overflow:visible}
table{font-size:8.5pt}
details table{font-size:6.5pt}
details th,details td{padding-right:.35rem}
table:not(.prose) tbody th{white-space:normal}
th,td{padding-right:.6rem}
.figures{white-space:normal}
details::details-content{content-visibility:visible;display:block}
section{padding-top:1.5rem}
.bar,.dots,.band,.chunks,.alarm{print-color-adjust:exact}
}
`;

export const pageCss: string = themes + text + tables + charts + narrow;
