/** 200 items, which are 20 KiB of JSON. */
export const ITEMS: readonly Record<string, string | number>[] = Array.from({ length: 200 }, (_, i) => ({
  id: i,
  name: `item number ${i}`,
  text: `a text about item ${i * 7919 % 1000} and ${i * 104729 % 1000}`,
  price: i * 31 % 97,
}));
