#include "commands/line/option_traits.h"

#include <CLI/CLI.hpp>

namespace mscomm {

bool is_switch(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

bool is_repeatable(const CLI::Option& option) { return option.get_expected_max() > 1; }

}  // namespace mscomm
