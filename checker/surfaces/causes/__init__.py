"""What on the board may explain that a probe does not pass: evidence in the order of its strength, and no claim."""
