#pragma once

#include <optional>
#include <string>

#include "core/message/dead_letter.h"

namespace mscomm {

class DeclaredOption;
class OptionGroup;

/// Adds --to-origin[=first|last].
DeclaredOption bind_origin_option(OptionGroup& group, std::optional<Death>& origin,
                                  const std::string& help);

}  // namespace mscomm
