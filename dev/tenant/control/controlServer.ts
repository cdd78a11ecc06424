import { readBody, sendJson, type Handler } from '../http/listen.ts';
import { ControlError } from './controlError.ts';
import type { ControlParts, ControlRoute } from './parts.ts';
import { CONTROL_PAGE } from './page.ts';
import { controlRoutes } from './routes.ts';

/** Plain http on loopback: changes, faults and questions that Microsoft 365 has no API for. */
export function controlHandler(parts: ControlParts): Handler {
  const routes: Readonly<Record<string, ControlRoute>> = controlRoutes(parts);
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://any');
    if (request.method === 'GET' && url.pathname === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(CONTROL_PAGE);
      return;
    }
    const route = routes[`${request.method} ${url.pathname}`];
    if (route === undefined)
      return sendJson(response, 404, {
        error: `No such control endpoint: ${request.method} ${url.pathname}`,
        endpoints: Object.keys(routes),
      });
    try {
      const text = (await readBody(request, 64 * 1024 * 1024))?.toString('utf8') ?? '';
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      sendJson(response, 200, (await route(body, url.searchParams)) ?? {});
    } catch (error) {
      sendJson(response, error instanceof ControlError || error instanceof SyntaxError ? 400 : 500, {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  };
}
