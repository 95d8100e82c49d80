// A model provider on this machine that answers as the first word of a message in brackets says: [read] has the agent read
// a file first, [missing] one that is not there, [exec] run a command, [slow] waits, [linger] waits longer, [trickle] is slow
// to speak, [bad] is refused, the rest is answered.
import http from 'node:http';

/** The words of the user in this turn: the Gateway adds messages of its own behind them. */
function turn(messages) {
  const answered = messages.findLastIndex(({ role, tool_calls: calls }) => role === 'assistant' && !calls?.length);
  const rest = messages.slice(answered + 1);
  const text = ({ content }) => (typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join(' '));
  const said = rest.filter(({ role }) => role === 'user').map(text).join(' ');
  return { word: /\[(\w+)\]/.exec(said)?.[1], rounds: rest.filter(({ role }) => role === 'tool').length };
}

function call(word) {
  if (word === 'read') return { name: 'read', arguments: { path: 'note.txt' } };
  if (word === 'missing') return { name: 'read', arguments: { path: 'nowhere.txt' } };
  if (word === 'exec') return { name: 'exec', arguments: { command: 'echo done' } };
  return undefined;
}

async function complete(request, response, told) {
  let body = '';
  for await (const chunk of request) body += chunk;
  told.calls += 1;
  told.bytes += Buffer.byteLength(body);
  const { messages = [], model } = JSON.parse(body);
  const { word, rounds } = turn(messages);
  if (word === 'bad') {
    response.writeHead(400, { 'content-type': 'application/json' });
    return response.end('{"error":{"message":"refused","type":"invalid_request_error"}}');
  }
  if (word === 'slow') await new Promise((resolve) => setTimeout(resolve, 400));
  if (word === 'linger') await new Promise((resolve) => setTimeout(resolve, 5000));
  const tool = rounds === 0 ? call(word) : undefined;
  const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (delta, finish_reason = null, rest = {}) =>
    response.write(`data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason }], ...rest })}\n\n`);
  send({ role: 'assistant', content: '' });
  if (tool) {
    const { name, arguments: given } = tool;
    send({ tool_calls: [{ index: 0, id: `call_${rounds}`, type: 'function', function: { name, arguments: JSON.stringify(given) } }] });
  } else {
    for (const part of ['An ', 'answer', '.']) {
      send({ content: part });
      if (word === 'trickle') await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  const usage = { prompt_tokens: 200, completion_tokens: 5, total_tokens: 205, prompt_tokens_details: { cached_tokens: 50 } };
  told.answers += 1;
  told.prompt += usage.prompt_tokens;
  told.completion += usage.completion_tokens;
  send({}, tool ? 'tool_calls' : 'stop');
  response.write(`data: ${JSON.stringify({ ...base, choices: [], usage })}\n\n`);
  response.end('data: [DONE]\n\n');
}

/** Starts the provider; a function that ends it, its port, and what it has told of and what came. */
export async function startProvider() {
  const told = { answers: 0, prompt: 0, completion: 0, calls: 0, bytes: 0 };
  const server = http.createServer((request, response) => {
    complete(request, response, told).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: server.address().port, told, stop: () => server.close() };
}
