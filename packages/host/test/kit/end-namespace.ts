// Ends what runs in a network namespace, from the shell that holds it.

/**
 * Shell text that kills every other process in the shell's network namespace. One `find` reads the namespaces
 * of all processes: a `readlink` for each takes seconds.
 */
export const END_NAMESPACE = `
mine=$(readlink /proc/$$/ns/net)
for found in $(find /proc/[0-9]*/ns/net -maxdepth 0 -printf '%l=%h\\n' 2>/dev/null); do
  pid=\${found#"$mine"=/proc/}
  pid=\${pid%/ns}
  case $pid in
    $$ | *[!0-9]*) ;;
    *) kill -9 "$pid" 2>/dev/null || : ;;
  esac
done`;
