#include "core/http/content_coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/runtime/ascii.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

struct Coding {
  std::string_view name;
  Compression compression;
};

// RFC 9110 section 8.4.1, RFC 7932, RFC 8878; the preferred ones first.
constexpr std::array kCodings{Coding{"gzip", Compression::gzip},
                              Coding{"deflate", Compression::deflate},
                              Coding{"br", Compression::brotli}, Coding{"zstd", Compression::zstd}};

// Each layer takes memory; servers use one, and two by mistake.
constexpr std::size_t kMostLayers = 3;

constexpr std::size_t kRoom = std::size_t{16} << 10U;
constexpr std::size_t kMostAtOnce = std::size_t{1} << 20U;  // some milliseconds

std::vector<std::string_view> codings_of(const HttpHeaders& headers) {
  std::vector<std::string_view> names;
  for (const auto& header : headers) {
    if (!same_header_name(header.name, "content-encoding")) {
      continue;
    }
    for (std::string_view list = header.value; !list.empty();) {
      const auto end = std::min(list.find(','), list.size());
      const auto name = trim(list.substr(0, end));
      list.remove_prefix(std::min(end + 1, list.size()));
      if (!name.empty() && !same_ascii(name, "identity")) {
        names.push_back(name);
      }
    }
  }
  return names;
}

}  // namespace

const std::string& accepted_codings() {
  static const std::string list = [] {
    std::string names;
    for (const auto& coding : kCodings) {
      if (can_unpack(coding.compression)) {
        names.append(names.empty() ? "" : ", ").append(coding.name);
      }
    }
    return names;
  }();
  return list;
}

UndecodableBody::UndecodableBody(const Error& reason)
    : Error(Exit::unreachable, fmt::format("the body cannot be unpacked: {}", reason.what()),
            reason.hint()) {}

BodyDecoder::BodyDecoder(const HttpHeaders& headers) try {
  const auto codings = codings_of(headers);
  if (codings.size() > kMostLayers) {
    throw Error(Exit::failed, fmt::format("it is said to be packed {} times", codings.size()));
  }
  for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {  // the last first
    add_layer(*coding);
  }
} catch (const Error& error) {
  throw UndecodableBody(error);
}

void BodyDecoder::add_layer(std::string_view coding) {
  const auto name = lower_case(coding);
  const auto* const found =
      std::ranges::find(kCodings, name == "x-gzip" ? "gzip" : name, &Coding::name);
  if (found == kCodings.end()) {
    throw Error(Exit::failed, fmt::format("'{}' is none of gzip, deflate, br and zstd", coding),
                "without --compressed it is printed as it comes");
  }
  layers_.push_back({make_unpacker(found->compression), std::vector<char>(kRoom), {}});
}

bool BodyDecoder::feed(std::string_view packed, const std::function<bool(std::string_view)>& take) {
  const auto known = std::min(repeated_, packed.size());
  packed_ = packed.substr(known);
  const auto before = packed_.size();
  std::size_t handed_on = 0;
  bool is_all = false;
  for (bool goes_on = true; goes_on;) {
    const auto piece = next_piece();
    is_all = piece.empty();
    handed_on += piece.size();
    goes_on = !is_all && take(piece) && handed_on < kMostAtOnce;
  }
  const auto taken = before - packed_.size();
  packed_bytes_ += taken;
  repeated_ = is_all ? repeated_ - known : repeated_ + taken;
  return is_all;
}

std::string_view BodyDecoder::next_piece() {
  try {
    return next(layers_.size());
  } catch (const Error& error) {
    throw UndecodableBody(error);
  }
}

// What the first `layer` layers make of the next bytes; nothing when there are none.
std::string_view BodyDecoder::next(std::size_t layer) {
  if (layer == 0) {
    return std::exchange(packed_, {});
  }
  auto& [unpacker, room, rest] = layers_[layer - 1];
  for (;;) {
    if (const auto size = unpacker->unpack(layer == 1 ? packed_ : rest, room)) {
      return {room.data(), size};
    }
    if (layer == 1 || (rest = next(layer - 1)).empty()) {
      return {};
    }
  }
}

bool BodyDecoder::is_whole() const {
  return packed_bytes_ == 0 || std::ranges::all_of(layers_, [](const Layer& layer) {
           return layer.unpacker->is_whole();
         });
}

}  // namespace mscomm
