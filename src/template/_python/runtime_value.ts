/** A value of a class of this package: a template sees of it only what Python's class has. */
export abstract class RuntimeValue {}
