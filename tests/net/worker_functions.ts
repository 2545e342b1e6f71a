// What worker_executor_test.ts runs on another thread.

export function fibonacci(n: number): number {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

class CustomError extends Error {
  override readonly name: string = "CustomError";
}

export function failCustom(): never {
  throw new CustomError("special");
}

export const constant = 1;

export default function theDefault(): string {
  return "the default export";
}
