#include "commands/options/origin_option.h"

#include "commands/line/option_types.h"

namespace mscomm {
namespace {

constexpr std::array kDeaths{Choice<Death>{"first", Death::first},
                             Choice<Death>{"last", Death::last}};

}  // namespace

DeclaredOption bind_origin_option(OptionGroup& group, std::optional<Death>& origin,
                                  const std::string& help) {
  return group.optional_choice("--to-origin", origin, Death::first, kDeaths, "DEATH", help);
}

}  // namespace mscomm
