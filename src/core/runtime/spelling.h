#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mscomm {

/// The candidate nearest to `word` by edit distance; empty when none is near enough (a third of the
/// word's length, at least 1).
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace mscomm
