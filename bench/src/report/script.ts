/** The only script of the page: a button for the theme. The page reads without it. */
export const themeScript = `
(() => {
  const root = document.documentElement;
  const button = document.getElementById('theme');
  const names = { auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' };
  const show = (theme) => {
    if (theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme;
    button.textContent = names[theme];
  };
  let theme = 'auto';
  try { theme = localStorage.getItem('tokenwire-theme') ?? 'auto'; } catch {}
  if (!Object.hasOwn(names, theme)) theme = 'auto';
  show(theme);
  button.hidden = false;
  button.addEventListener('click', () => {
    theme = { auto: 'light', light: 'dark', dark: 'auto' }[theme];
    show(theme);
    try { localStorage.setItem('tokenwire-theme', theme); } catch {}
  });
})();
`;
