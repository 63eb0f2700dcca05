#include "core/schema/pattern.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <new>
#include <utility>

#include "core/document/json_value.h"
#include "core/runtime/error.h"
#include "core/schema/ecma_pattern.h"
#include "core/schema/pcre2_library.h"

namespace mscomm {
namespace {

template <class T>
Pcre2Handle<T> owned(T* handle) {
  if (handle == nullptr) {
    throw std::bad_alloc();
  }
  return Pcre2Handle<T>(handle);
}

constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |
                                   PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS |
                                   PCRE2_NEVER_BACKSLASH_C;
// A lone surrogate is valid, but never matches UTF-8.
constexpr std::uint32_t kExtraOptions = PCRE2_EXTRA_ALT_BSUX | PCRE2_EXTRA_ALLOW_SURROGATE_ESCAPES;

// Limits of a match: about a tenth of a second.
constexpr std::uint32_t kMatchLimit = 1'000'000;
constexpr std::uint32_t kDepthLimit = 100'000;
constexpr std::uint32_t kHeapLimit = 20'000;  // KiB

std::string reason_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  Pcre2Library::get().get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR bytes_of(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? "" : text.data());
}

Pcre2Handle<pcre2_code> compile(std::string_view ecma_pattern) {
  const auto& pcre2 = Pcre2Library::get();
  const auto context = owned(pcre2.compile_context_create(nullptr));
  pcre2.set_compile_extra_options(context.get(), kExtraOptions);
  pcre2.set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);  // "." does not match these
  const auto translated = pcre2_pattern(ecma_pattern);
  int code = 0;
  PCRE2_SIZE offset = 0;
  auto* const compiled = pcre2.compile(bytes_of(translated), translated.size(), kOptions, &code,
                                       &offset, context.get());
  if (compiled == nullptr) {
    throw Error(Exit::usage, fmt::format("{} is not a regular expression: {} (at its byte {})",
                                         in_quotes(ecma_pattern), reason_of(code), offset));
  }
  return Pcre2Handle<pcre2_code>(compiled);
}

}  // namespace

struct Pattern::Compiled {
  explicit Compiled(std::string_view text) : code(compile(text)) {
    const auto& pcre2 = Pcre2Library::get();
    pcre2.set_match_limit(context.get(), kMatchLimit);
    pcre2.set_depth_limit(context.get(), kDepthLimit);
    pcre2.set_heap_limit(context.get(), kHeapLimit);
  }

  Pcre2Handle<pcre2_code> code;
  Pcre2Handle<pcre2_match_context> context =
      owned(Pcre2Library::get().match_context_create(nullptr));
  // Only a match or none matters: room for one pair of offsets.
  Pcre2Handle<pcre2_match_data> data = owned(Pcre2Library::get().match_data_create(1, nullptr));
};

Pattern::Pattern(std::string text)
    : text_(std::move(text)), compiled_(std::make_unique<Compiled>(text_)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

bool Pattern::is_found_in(std::string_view subject) const {
  const int result =
      Pcre2Library::get().match(compiled_->code.get(), bytes_of(subject), subject.size(), 0, 0,
                                compiled_->data.get(), compiled_->context.get());
  switch (result) {
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
    case PCRE2_ERROR_NOMEMORY:
      throw Error(Exit::failed,
                  fmt::format("the pattern {} on a text of {} bytes: {}", in_quotes(text_),
                              subject.size(), reason_of(result)),
                  "nested repetitions make a pattern take very long: write it without them");
    default:
      return result >= 0;
  }
}

}  // namespace mscomm
