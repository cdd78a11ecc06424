/** An error as Graph answers it. */
export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'GraphError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  get body(): string {
    const innerError = { date: '2026-03-01T00:00:00', 'request-id': 'simulated', 'client-request-id': 'simulated' };
    return JSON.stringify({ error: { code: this.code, message: this.message, innerError } });
  }
}

export const outlookNotFound = (): GraphError =>
  new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
export const malformedId = (): GraphError => new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
export const itemNotFound = (): GraphError => new GraphError(404, 'itemNotFound', 'The resource could not be found.');
export const nameTaken = (): GraphError =>
  new GraphError(409, 'nameAlreadyExists', 'An item with the same name already exists under the parent.');
