// A client of the Gateway's WebSocket: as much of protocol 4 as a turn needs. A call has one answer, but for those that are
// accepted first and answered later.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export async function connect(port, token, scopes = ['operator.read', 'operator.write', 'operator.admin']) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const open = new Map();
  const listeners = new Set();
  let next = 0;

  const call = (method, params, { isLast = () => true } = {}) => {
    const id = `${next++}`;
    const answered = new Promise((resolve, reject) => open.set(id, { resolve, reject, isLast }));
    socket.send(JSON.stringify({ type: 'req', id, method, params }));
    return answered;
  };

  const greeted = new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === 'event') {
        if (frame.event === 'connect.challenge') {
          const client = { id: 'gateway-client', version: '1.0.0', platform: 'linux', mode: 'backend' };
          const params = { minProtocol: 4, maxProtocol: 4, client, role: 'operator', scopes, caps: [], auth: { token } };
          call('connect', params).then(resolve, reject);
        }
        for (const listener of listeners) listener(frame);
        return;
      }
      const waiting = open.get(frame.id);
      if (waiting === undefined || (frame.ok && !waiting.isLast(frame.payload))) return;
      open.delete(frame.id);
      if (frame.ok) waiting.resolve(frame.payload);
      else waiting.reject(Object.assign(new Error(frame.error?.message), { details: frame.error }));
    });
    socket.addEventListener('close', ({ reason }) => {
      for (const { reject: refuse } of open.values()) refuse(new Error(`closed: ${reason}`));
      reject(new Error(`closed: ${reason}`));
    });
  });
  const hello = await greeted;

  return {
    /** What the Gateway said of itself. */
    hello,
    call,
    /** One turn by `agent`; its last status. */
    async agent(message, sessionKey, options = {}) {
      const params = { message, sessionKey, idempotencyKey: crypto.randomUUID(), timeout: 120, ...options };
      return (await call('agent', params, { isLast: (payload) => payload?.status !== 'accepted' }))?.status;
    },
    /** One turn by `chat.send`; the state in which it ended. */
    async chat(message, sessionKey) {
      const runId = crypto.randomUUID();
      let listener;
      const ended = new Promise((resolve) => {
        listener = ({ event, payload }) => {
          const isEnd = event === 'chat' && payload?.runId === runId;
          if (isEnd && ['final', 'error', 'aborted'].includes(payload.state)) resolve(payload.state);
        };
        listeners.add(listener);
      });
      await call('chat.send', { sessionKey, message, idempotencyKey: runId });
      const state = await Promise.race([ended, pause(60_000, 'never ended', { ref: false })]);
      listeners.delete(listener);
      return state;
    },
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
