/** Fresh names. */
export interface Ids {
  /** A UUID whose order is the order of making (version 7): for sagas. */
  sortable(): string

  /** A random UUID: for claims and appends. */
  unique(): string

  /** 128 random bits as 32 hexadecimal digits with a letter in front: for nonces. */
  nonce(): string
}
