#pragma once

namespace CLI {
class Option;
}

namespace mscomm {

/// Whether the option stands alone, as `--insecure` (and `--declare[=KIND]`).
bool is_switch(const CLI::Option& option);

/// Whether the option or argument may be given several times.
bool is_repeatable(const CLI::Option& option);

}  // namespace mscomm
