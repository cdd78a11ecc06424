import { ControlError } from './controlError.ts';

type Body = Readonly<Record<string, unknown>>;

export function text(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw new ControlError(`"${name}" is needed and must be text.`);
  return value;
}

export function optionalText(body: Body, name: string): string | undefined {
  return body[name] === undefined ? undefined : text(body, name);
}

export function numberOr(body: Body, name: string, normal: number): number {
  const value = body[name] ?? normal;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ControlError(`"${name}" must be a number.`);
  return value;
}

export function textList(body: Body, name: string): string[] {
  const value = body[name];
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string'))
    throw new ControlError(`"${name}" is needed and must be a list of texts.`);
  return value as string[];
}
