#pragma once

#include <optional>
#include <string>

#include "core/call/download.h"
#include "core/call/http_record.h"
#include "core/call/requester.h"
#include "core/call/response_output.h"
#include "core/expression/expression.h"
#include "core/output/destination.h"
#include "core/output/record.h"

namespace mscomm {

struct GetOptions;

/// Prints answers, as bodies, records or the results of an expression. Into a file go records, or
/// the whole bodies of successes and nothing else.
class AnswerPrinter {
 public:
  /// `options` and `context` must outlive it. Throws as Destination and Expression.
  AnswerPrinter(const GetOptions& options, const Context& context);

  /// Takes a body as it comes, when bodies are printed unchanged; nullptr when records or the
  /// results of an expression are.
  [[nodiscard]] BodySink* sink();

  /// Whether it prints of a body more than sink() takes of it.
  [[nodiscard]] bool needs_body() const;

  /// Whether what sink() takes reaches stdout, and not a file that may only take whole successes.
  [[nodiscard]] bool streams_to_stdout() const { return !is_download(); }

  /// Prints the answer and returns its error, if any.
  std::optional<Error> print(Answer answer);

  /// Puts the output file into place, if there is something for it.
  void finish();

 private:
  [[nodiscard]] bool prints_records() const;
  [[nodiscard]] bool is_download() const;
  void show(Answer& answer);
  void save(Answer& answer);
  void append(std::string& out, Answer& answer);
  void append_results(std::string& out, Answer& answer);
  void write_out(const std::optional<Error>& error);
  [[nodiscard]] Deadline writing_deadline() const;
  [[nodiscard]] Pause pause();
  void note_no_body(const HttpRecord& record);

  const GetOptions& options_;
  const Context& context_;
  std::optional<FormatString<HttpRecord>> format_;
  std::optional<Expression> jq_;
  Destination destination_;
  ResponseOutput bodies_;
  Download download_;
  bool has_output_ = false;
  std::string without_body_;  ///< the last answer that had none: "GET http://a/: 204 No Content"
  bool is_not_modified_ = false;
};

}  // namespace mscomm
