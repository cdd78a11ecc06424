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

  #body: string | undefined;

  get body(): string {
    return (this.#body ??= this.#written());
  }

  #written(): string {
    const innerError = { date: '2026-03-01T00:00:00', 'request-id': 'simulated', 'client-request-id': 'simulated' };
    return JSON.stringify({ error: { code: this.code, message: this.message, innerError } });
  }
}

const OUTLOOK_NOT_FOUND = new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
const MALFORMED_ID = new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
const ITEM_NOT_FOUND = new GraphError(404, 'itemNotFound', 'The resource could not be found.');
const NAME_TAKEN = new GraphError(
  409,
  'nameAlreadyExists',
  'An item with the same name already exists under the parent.',
);

// One each: to note where an error came from costs more than the rest of such an answer.
export const outlookNotFound = (): GraphError => OUTLOOK_NOT_FOUND;
export const malformedId = (): GraphError => MALFORMED_ID;
export const itemNotFound = (): GraphError => ITEM_NOT_FOUND;
export const nameTaken = (): GraphError => NAME_TAKEN;
