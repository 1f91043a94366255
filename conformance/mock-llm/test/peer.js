// A peer in a process of its own. The parent kills it; until then it reads whatever comes.
const [baseUrl, content] = process.argv.slice(2);
const response = await fetch(`${baseUrl}/chat/completions`, {
  method: 'POST',
  headers: { authorization: 'Bearer sk-secret', 'x-trace': '7' },
  body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content }], temperature: 0.5 }),
});
for await (const bytes of response.body) process.stdout.write(bytes);
