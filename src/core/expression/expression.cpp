#include "core/expression/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "core/expression/jq_library.h"
#include "core/output/json_scan.h"
#include "core/runtime/error.h"
#include "core/runtime/handle.h"
#include "core/runtime/long_step.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// Owns a value. Most functions of libjq consume their arguments: pass a copy() to keep the value.
class JqValue {
 public:
  explicit JqValue(jv value) : value_(value) {}
  JqValue(const JqValue&) = delete;
  JqValue& operator=(const JqValue&) = delete;
  ~JqValue() { jq_.free(value_); }

  [[nodiscard]] jv_kind kind() const { return jq_.get_kind(value_); }
  [[nodiscard]] bool is_valid() const { return kind() != JV_KIND_INVALID; }
  [[nodiscard]] jv copy() const { return jq_.copy(value_); }

  // Appends a string without quotes, everything else as compact JSON.
  void append_raw(std::string& out) const {
    if (kind() != JV_KIND_STRING) {
      JqValue(jq_.dump_string(copy(), 0)).append_raw(out);
      return;
    }
    const auto size = static_cast<std::size_t>(jq_.string_length_bytes(copy()));
    out.append(jq_.string_value(value_), size);
  }

 private:
  const JqLibrary& jq_ = JqLibrary::get();
  jv value_;
};

std::string text_of(jv value) {
  std::string text;
  JqValue(value).append_raw(text);
  return text;
}

jv string_value(std::string_view text) {
  return JqLibrary::get().string_sized(text.data(), static_cast<int>(text.size()));
}

void free_parser(jv_parser* parser) noexcept { JqLibrary::get().parser_free(parser); }

void free_state(jq_state* state) noexcept { JqLibrary::get().teardown(&state); }

// Puts "jq: error: syntax error, ... at <top-level>, line 1:\n.a[" on one line, without the prefix.
std::string on_one_line(std::string message) {
  for (const std::string_view prefix : {"jq: ", "error: "}) {
    if (message.starts_with(prefix)) {
      message.erase(0, prefix.size());
    }
  }
  message.erase(message.find_last_not_of(" \n") + 1);
  std::ranges::replace(message, '\n', ' ');
  return message;
}

// The functions below are called from C, through which no exception may pass, so they are noexcept:
// the program ends when there is no memory.

void keep_message(void* messages, jv message) noexcept {
  static_cast<std::vector<std::string>*>(messages)->push_back(on_one_line(text_of(message)));
}

// The default callback would print the message.
void ignore_message(void* /*unused*/, jv message) noexcept { JqLibrary::get().free(message); }

void print_debug(void* /*unused*/, jv value) noexcept {
  const JqValue json(JqLibrary::get().dump_string(value, JV_PRINT_ASCII));
  std::string text;
  json.append_raw(text);
  fmt::print(stderr, "[\"DEBUG:\",{}]\n", text);
}

jv no_more_input(jq_state* /*unused*/, void* /*unused*/) noexcept {
  return JqLibrary::get().invalid();
}

}  // namespace

class Expression::Program {
 public:
  Program(std::string program, std::string what, ExpressionLimit limit)
      : jq_(JqLibrary::get()), program_(std::move(program)), what_(std::move(what)), limit_(limit) {
    if (!is_utf8(program_) || program_.find('\0') != std::string::npos) {
      throw Error(Exit::usage, fmt::format("{}: the expression is not UTF-8 text", what_));
    }
    compile();
  }

  // Passes each result of the program, for each value of the input, to `take`.
  template <class Take>
  void run(const ExpressionInput& input, const Take& take) {
    const bool is_whole = input.kind == ExpressionInput::Kind::none;
    const auto texts = is_whole ? JsonTexts::several : JsonTexts::one;
    auto memory = std::uint64_t{input.text.size()} + input.value.size();
    const auto text = checked(input.text, texts, memory);
    const auto value = input.kind == ExpressionInput::Kind::json
                           ? checked(input.value, JsonTexts::one, memory)
                           : input.value;
    memory += input.kind == ExpressionInput::Kind::string ? input.value.size() : 0;
    refuse_beyond_limit(memory);
    const LongStep step("a jq program was running", memory);
    for_each_value(text, [&](const JqValue& each) {
      if (is_whole) {
        run_on(each, take);
      } else {
        run_on(with_member(each, input, value), take);
      }
    });
  }

 private:
  // The text, if it is JSON. Adds to `memory` what jq takes for it.
  std::string_view checked(std::string_view text, JsonTexts texts, std::uint64_t& memory) {
    const auto scan = scan_json(text, texts);
    memory += scan.memory;
    // jq would silently replace invalid bytes by U+FFFD.
    if (!scan.is_json && !is_utf8(text)) {
      fail("this is not JSON: it is not UTF-8");
    }
    if (text.size() > INT_MAX) {
      fail("this is too long for jq");
    }
    if (!scan.is_json) {
      // jq says why, unless it would read what is not JSON. It needs to see no more than that.
      constexpr std::size_t kBeyond = 4096;
      refuse_beyond_limit(memory);
      for_each_value(text.substr(0, scan.stops_at + kBeyond), [](const JqValue&) {});
      fail(fmt::format("this is not JSON: it goes wrong at byte {}", scan.stops_at + 1));
    }
    return text;
  }

  void refuse_beyond_limit(std::uint64_t memory) const {
    if (memory > limit_.memory) {
      constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
      throw TooLargeForJq(
          limit_.reason,
          fmt::format("{}: jq would take up to {} MiB for the values of the body, more than {} MiB",
                      what_, memory / kMiB + 1, limit_.memory / kMiB),
          "--max-size SIZE allows 32 times SIZE, 0 anything");
    }
  }

  template <class Take>
  void for_each_value(std::string_view json, const Take& take) {
    const std::unique_ptr<jv_parser, Deleter<free_parser>> parser(jq_.parser_new(0));
    jq_.parser_set_buf(parser.get(), json.data(), static_cast<int>(json.size()), 0);
    for (bool any = false;; any = true) {
      const JqValue value(jq_.parser_next(parser.get()));
      if (value.is_valid()) {
        take(value);
        continue;
      }
      const auto reason = message_of(value);
      if (reason || !any) {
        fail("this is not JSON: " + reason.value_or("there is no value"));
      }
      return;
    }
  }

  // The object with its member. What nests too deeply is the only JSON that jq does not read.
  JqValue with_member(const JqValue& object, const ExpressionInput& input, std::string_view value) {
    std::optional<jv> member;
    if (input.kind == ExpressionInput::Kind::string) {
      member = string_value(value);
    } else {
      try {
        for_each_value(value, [&member](const JqValue& each) { member = each.copy(); });
      } catch (const Error&) {
        if (!input.is_left_out_if_deep) {
          fail(fmt::format("jq reads no .{} that nests so deeply", input.member));
        }
      }
    }
    return JqValue(member ? jq_.object_set(object.copy(), string_value(input.member), *member)
                          : object.copy());
  }

  void compile() {
    state_.reset(jq_.init());
    auto* const state = state_.get();
    if (state == nullptr) {
      throw std::bad_alloc();
    }
    // Without these attributes a failing `import` would end the process instead of being an error.
    jq_.set_attr(state, string_value("JQ_LIBRARY_PATH"),
                 jq_.array_append(jq_.array(), string_value("~/.jq")));
    jq_.set_attr(state, string_value("JQ_ORIGIN"), string_value("."));
    jq_.set_attr(state, string_value("PROGRAM_ORIGIN"), string_value("."));
    jq_.set_input_cb(state, no_more_input, nullptr);
    jq_.set_debug_cb(state, print_debug, nullptr);
    std::vector<std::string> messages;
    jq_.set_error_cb(state, keep_message, &messages);
    const bool compiled = jq_.compile(state, program_.c_str()) != 0;
    jq_.set_error_cb(state, ignore_message, nullptr);
    if (compiled) {
      return;
    }
    if (messages.size() > 1) {
      messages.pop_back();  // the last one only counts the others
    }
    throw Error(Exit::usage, fmt::format("{}: {}", what_, fmt::join(messages, "; ")));
  }

  template <class Take>
  void run_on(const JqValue& value, const Take& take) {
    if (!state_) {
      compile();
    }
    jq_.start(state_.get(), value.copy(), 0);
    for (;;) {
      const JqValue result(jq_.next(state_.get()));
      if (result.is_valid()) {
        take(result);
        continue;
      }
      if (const auto reason = failure(result)) {
        fail(*reason);
      }
      return;
    }
  }

  // The reason of a failure; nothing when the program ended normally.
  std::optional<std::string> failure(const JqValue& end) {
    if (jq_.halted(state_.get()) == 0) {
      return message_of(end);
    }
    std::optional<std::string> reason;
    if (const JqValue message(jq_.get_error_message(state_.get())); message.is_valid()) {
      message.append_raw(reason.emplace("halt_error: "));
      reason->erase(reason->find_last_not_of('\n') + 1);
      // The state is spoiled: jq 1.6 would free the message again at each further start.
      state_.reset();
    }
    return reason;
  }

  [[nodiscard]] std::optional<std::string> message_of(const JqValue& invalid) const {
    const JqValue message(jq_.invalid_get_msg(invalid.copy()));
    std::optional<std::string> reason;
    if (message.kind() != JV_KIND_NULL) {
      message.append_raw(reason.emplace());
    }
    return reason;
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(Exit::failed, fmt::format("{}: {}", what_, reason));
  }

  const JqLibrary& jq_;
  std::string program_;
  std::string what_;
  ExpressionLimit limit_;
  std::unique_ptr<jq_state, Deleter<free_state>> state_;
};

Expression::Expression(const std::string& program, const std::string& what, ExpressionLimit limit)
    : program_(std::make_unique<Program>(program, what, limit)) {}
Expression::Expression(Expression&& other) noexcept = default;
Expression& Expression::operator=(Expression&& other) noexcept = default;
Expression::~Expression() = default;

void Expression::append_results(std::string& out, const ExpressionInput& input) {
  const auto size = out.size();
  try {
    program_->run(input, [&out](const JqValue& result) {
      result.append_raw(out);
      out += '\n';
    });
  } catch (const Error&) {
    out.resize(size);
    throw;
  }
}

std::vector<std::string> Expression::results(const ExpressionInput& input) {
  std::vector<std::string> results;
  program_->run(input,
                [&results](const JqValue& result) { result.append_raw(results.emplace_back()); });
  return results;
}

bool Expression::holds(const ExpressionInput& input) {
  bool last = false;
  program_->run(input, [&last](const JqValue& result) {
    last = result.kind() != JV_KIND_NULL && result.kind() != JV_KIND_FALSE;
  });
  return last;
}

}  // namespace mscomm
