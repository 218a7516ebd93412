/** Express 4 under the name it is installed by; its application is a listener like that of Express 5. */
declare module 'express4' {
  import type express from 'express';
  const express4: typeof express;
  export default express4;
}
