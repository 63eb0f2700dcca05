#include "core/message/decompress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/runtime/ascii.h"
#include "core/runtime/compression.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

std::optional<Compression> compression_of(const std::string& encoding) {
  if (encoding == "gzip" || encoding == "x-gzip") {
    return Compression::gzip;
  }
  return encoding == "deflate" ? std::optional(Compression::deflate) : std::nullopt;
}

bool leaves_the_body(const std::string& encoding) {
  constexpr std::array<std::string_view, 5> kNames{"", "identity", "binary", "7bit", "8bit"};
  constexpr std::array<std::string_view, 7> kCharacterSets{
      "utf", "us-ascii", "ascii", "iso-8859-", "iso8859-", "latin", "windows-"};
  return std::ranges::find(kNames, encoding) != kNames.end() ||
         std::ranges::any_of(kCharacterSets,
                             [&](auto begin) { return encoding.starts_with(begin); });
}

}  // namespace

const Delivery& Decompressor::decoded(const Delivery& delivery) {
  const auto& property = delivery.properties->content_encoding;
  if (!property) {
    return delivery;
  }
  std::optional<Compression> compression;
  std::string others;
  for (std::string_view rest = *property; !rest.empty();) {
    const auto end = std::min(rest.find_first_of(",:"), rest.size());
    const auto name = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto encoding = lower_case(name);
    if (const auto found = compression_of(encoding)) {
      if (compression) {
        throw Error(Exit::failed,
                    fmt::format("the body is compressed more than once ({})", *property));
      }
      compression = found;
    } else if (leaves_the_body(encoding)) {
      others += fmt::format("{}{}", others.empty() ? "" : ", ", name);
    } else {
      throw Error(
          Exit::failed,
          fmt::format("the body's encoding '{}' is none of gzip, deflate and identity", name),
          "without --decompress bodies are printed as they come");
    }
  }
  if (!compression) {
    return delivery;
  }
  body_ = decompress(delivery.body, *compression);
  properties_ = *delivery.properties;
  properties_.content_encoding = others.empty() ? std::nullopt : std::optional(others);
  decoded_ = delivery;
  decoded_.properties = &properties_;
  decoded_.body = body_;
  return decoded_;
}

}  // namespace mscomm
