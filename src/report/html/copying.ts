/**
 * The page's only script: it shows the copy buttons and lets them work. Without it the page lacks nothing but them.
 * Where the clipboard cannot be had (an old browser, a page served without TLS), the text is selected instead.
 */
export const copying = `
(() => {
  const status = document.getElementById('status');
  for (const button of document.querySelectorAll('button.copy')) {
    const words = button.textContent;
    const code = button.parentElement.querySelector('code');
    button.hidden = false;
    button.addEventListener('click', async () => {
      let said = 'Copied';
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code);
        said = 'Selected: copy it with the keyboard';
      }
      button.textContent = said;
      status.textContent = said;
      setTimeout(() => { button.textContent = words; status.textContent = ''; }, 2500);
    });
  }
})();
`;
