#pragma once

#include <span>
#include <string_view>

namespace mscomm {

/// Whether a jq program may read one of these members of its input, an object: true unless it
/// plainly reads others only, as `.status == 200 and (.headers["retry-after"] | length) > 0` does.
/// So what a program does not look at need not be there for it.
bool may_read(std::string_view program, std::span<const std::string_view> members);

}  // namespace mscomm
