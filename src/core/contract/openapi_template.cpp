#include "core/contract/openapi_template.h"

#include <algorithm>
#include <ranges>

#include "core/runtime/spelling.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

// The length of the first byte's encoding: 3 for "%2F", otherwise 1.
std::size_t unit_at(std::string_view text) {
  return text.size() >= 3 && percent_decoded(text.substr(0, 3)).size() == 1 ? 3 : 1;
}

// The length of `literal` at the beginning of percent-encoded text; npos when it is not there.
std::size_t literal_at(std::string_view text, std::string_view literal) {
  std::size_t length = 0;
  for (const char c : literal) {
    const auto rest = text.substr(length);
    if (rest.empty() || percent_decoded(rest.substr(0, unit_at(rest)))[0] != c) {
      return std::string_view::npos;
    }
    length += unit_at(rest);
  }
  return length;
}

// The position of `literal` in percent-encoded text, at `from` or after it.
std::size_t find_literal(std::string_view text, std::string_view literal, std::size_t from) {
  for (auto at = from; at <= text.size(); at += at < text.size() ? unit_at(text.substr(at)) : 1) {
    if (literal_at(text.substr(at), literal) != std::string_view::npos) {
      return at;
    }
  }
  return std::string_view::npos;
}

// The position of the literal after a parameter. At the end of a segment (`is_end`) the literal has
// to reach the end of the text.
std::size_t find_after_parameter(std::string_view text, std::string_view literal, bool is_end) {
  auto at = find_literal(text, literal, text.empty() ? 1 : unit_at(text));
  while (is_end && at != std::string_view::npos &&
         at + literal_at(text.substr(at), literal) < text.size()) {
    at = find_literal(text, literal, at + unit_at(text.substr(at)));
  }
  return at;
}

}  // namespace

PathTemplate::PathTemplate(std::string text) : text_(std::move(text)) {
  for (auto segment : segments_of(text_)) {
    auto& parts = segments_.emplace_back();
    while (!segment.empty()) {
      const auto open = segment.find('{');
      const auto close = segment.find('}', std::min(open, segment.size()));
      if (close == std::string_view::npos) {
        parts.push_back({percent_decoded(segment), false});
        break;
      }
      if (open > 0) {
        parts.push_back({percent_decoded(segment.substr(0, open)), false});
      }
      parts.push_back({std::string(segment.substr(open + 1, close - open - 1)), true});
      segment.remove_prefix(close + 1);
    }
  }
}

std::optional<PathTemplate::Values> PathTemplate::match_end(std::string_view path,
                                                            std::string_view& base) const {
  auto segments = segments_of(path);
  if (segments.size() < segments_.size()) {
    return std::nullopt;
  }
  segments.erase(segments.begin(), segments.end() - static_cast<std::ptrdiff_t>(segments_.size()));
  Values values;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (!match_segment(segments_[i], segments[i], values)) {
      return std::nullopt;
    }
  }
  const auto length = segments.empty()
                          ? path.size()
                          : static_cast<std::size_t>(segments.front().data() - path.data()) - 1;
  base = path.substr(0, length);
  return values;
}

// Takes the first occurrence of each literal, which leaves the most room for the rest.
bool PathTemplate::match_segment(const Segment& segment, std::string_view text, Values& values) {
  const std::string* open = nullptr;  // a parameter that takes the text before the next literal
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const auto& part = segment[i];
    const bool is_end = i + 1 == segment.size() && !part.is_parameter;
    if (part.is_parameter && open == nullptr) {
      open = &part.text;
      continue;
    }
    const auto literal = part.is_parameter ? std::string_view() : std::string_view(part.text);
    const auto at = open == nullptr ? 0 : find_after_parameter(text, literal, is_end);
    const auto length =
        at > text.size() ? std::string_view::npos : literal_at(text.substr(at), literal);
    if (length == std::string_view::npos) {
      return false;
    }
    if (open != nullptr) {
      values.emplace_back(*open, text.substr(0, at));
    }
    open = part.is_parameter ? &part.text : nullptr;
    text.remove_prefix(at + length);
  }
  if (open != nullptr) {
    values.emplace_back(*open, text);
  }
  return open == nullptr ? text.empty() : !text.empty();
}

bool PathTemplate::is_more_concrete_than(const PathTemplate& other) const {
  // Orders segments: first those without a parameter, then those with more literal text.
  const auto openness = [](const Segment& segment) {
    std::size_t literal = 0;
    bool is_open = false;
    for (const auto& part : segment) {
      literal += part.is_parameter ? 0 : part.text.size();
      is_open = is_open || part.is_parameter;
    }
    return is_open ? std::string_view::npos - literal : 0;
  };
  return std::ranges::lexicographical_compare(segments_, other.segments_, std::less(), openness,
                                              openness);
}

std::size_t PathTemplate::likeness(std::string_view path) const {
  const auto segments = segments_of(path);
  std::size_t same = 0;
  std::size_t near = 0;
  for (std::size_t i = 0; i < std::min(segments.size(), segments_.size()); ++i) {
    Values values;
    const auto& parts = segments_[i];
    if (match_segment(parts, segments[i], values)) {
      ++(values.empty() ? same : near);
    } else if (parts.size() == 1 && !parts[0].is_parameter) {
      near += nearest(segments[i], std::vector{parts[0].text}).empty() ? 0U : 2U;
    }
  }
  const auto longer = std::max(segments.size(), segments_.size());
  const auto shorter = std::min(segments.size(), segments_.size());
  const auto points = 4 * same + near;
  return points > longer - shorter ? points - (longer - shorter) : 0;
}

}  // namespace mscomm
