import { ExpressionWriter, operation } from "./expression_writer.ts";
import { requireTarget } from "./parse_expression.ts";
import { type Expr, type Statement, targetNames } from "./syntax_tree.ts";

/** Writes JavaScript for expressions and statements. */
export class StatementWriter extends ExpressionWriter {
  #count = 0;

  /** Writes a statement after those written before. */
  nextStatement(statement: Statement): void {
    if (this.#count++ > 0) this.text(",");
    this.#statement(statement);
    const targets = "targets" in statement ? statement.targets : "target" in statement ? [statement.target] : [];
    for (const target of targets) for (const name of targetNames(target)) this.hasSet(name);
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "Expr":
        return this.value(statement.value);
      case "Pass":
        return this.text("0");
      case "Assert":
        this.text("_t$assert(");
        this.test(statement.test);
        if (statement.msg !== null) {
          const { msg } = statement;
          this.text(",()=>");
          this.maybe(() => this.bracketed(() => this.value(msg)));
        }
        return this.text(")");
      case "Delete":
        return statement.targets.forEach((target, i) => {
          if (i > 0) this.text(",");
          this.#delete(target);
        });
      case "AugAssign":
        return this.#augmented(statement.target, operation(statement.op, statement.at), statement.value);
      case "Assign": {
        const [target, ...more] = statement.targets;
        if (target?.kind === "Name" && more.length === 0) {
          this.name(target.id, "write");
          this.text("=");
          return this.value(statement.value);
        }
        const value = this.temporary();
        this.text(`((${value})=>(`);
        // The value comes first when this runs, and the targets after it.
        this.mayFail();
        statement.targets.forEach((target, i) => {
          if (i > 0) this.text(",");
          this.assign(target, value);
        });
        this.text("))(");
        this.value(statement.value);
        return this.text(")");
      }
    }
  }

  #augmented(target: Expr, operation: string, value: Expr): void {
    if (target.kind === "Name") {
      this.name(target.id, "write");
      this.text("=_t$inplace(");
      this.name(target.id, "read");
      this.text(`,${operation},`);
      this.value(value);
      return this.text(")");
    }
    if (target.kind !== "Attribute" && target.kind !== "Subscript") return requireTarget(target);
    // The object and the key are evaluated once, before the value.
    const object = this.temporary();
    const key = this.temporary();
    const [get, set] = target.kind === "Attribute" ? ["_t$attr", "_t$setattr"] : ["_t$item", "_t$setitem"];
    this.text(`((${object},${key})=>${set}(${object},${key},_t$inplace(${get}(${object},${key}),${operation},`);
    this.maybe(() => this.value(value));
    this.text(")))(");
    this.value(target.value);
    this.text(",");
    if (target.kind === "Attribute") this.text(JSON.stringify(target.attr));
    else if (target.slice.kind === "Slice") this.sliceObject(target.slice);
    else this.value(target.slice);
    this.text(")");
  }

  #delete(target: Expr): void {
    switch (target.kind) {
      case "Name":
        this.text("(");
        this.name(target.id, "check");
        this.name(target.id, "delete");
        return this.text("=_t$M)");
      case "Attribute":
        return this.call("_t$delattr", target.value, JSON.stringify(target.attr));
      case "Subscript":
        return this.slot("_t$delitem", target.value, target.slice);
      case "Tuple":
      case "List":
        this.text("(0");
        for (const element of target.elts) {
          this.text(",");
          this.#delete(element);
        }
        return this.text(")");
      default:
        return requireTarget(target);
    }
  }
}
