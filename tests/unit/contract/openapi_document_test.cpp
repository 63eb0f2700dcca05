// What an OpenAPI description may consist of, and what is said when it is wrong.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "unit/contract/openapi_fixture.h"
#include "unit/error_matchers.h"
#include "unit/run_context.h"

namespace mscomm {
namespace {

using test::ApiFixture;
using test::error_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr auto* kJsonFive = "200\nContent-Type: application/json\n\n5";

std::string request_error(const ApiFixture& api) {
  return error_of([&] { (void)api.of_request("GET /a"); });
}

std::string described(const std::string& schema) {
  return "paths: {/a: {get: {responses: {200: {description: a, content: {application/json: "
         "{schema: " +
         schema + "}}}}}}}";
}

TEST(OpenApiDocument, ReferencesLeadToOtherFilesOfEitherKind) {
  const ApiFixture api("3.0.3", R"(
paths:
  /a: {$ref: 'parts/paths.yaml#/a'}
)");
  std::filesystem::create_directory(api.folder().path() + "/parts");
  (void)api.folder().write("parts/paths.yaml", R"(
a:
  parameters: [{$ref: '../more%20parts.json#/q'}]
  get:
    responses: {200: {$ref: ../response.yaml}}
)");
  (void)api.folder().write(
      "more parts.json",
      R"({"q": {"name": "q", "in": "query", "required": true, "schema": {"$ref": "#/n"}},
          "n": {"type": "integer"}})");
  (void)api.folder().write("response.yaml", R"(
description: a
content: {application/json: {schema: {$ref: 'api.yaml#/components/schemas/Text'}}}
)");
  (void)api.folder().write("api.yaml",
                           "openapi: 3.0.3\npaths: {/a: {$ref: 'parts/paths.yaml#/a'}}\n"
                           "components: {schemas: {Text: {type: string}}}");
  EXPECT_THAT(api.of_request("GET /a"),
              ElementsAre(AllOf(StartsWith("query parameter q is required ("),
                                HasSubstr("more parts.json#/q)"))));
  EXPECT_THAT(api.of_request("GET /a?q=x"), ElementsAre(HasSubstr("more parts.json#/n/type)")));
  EXPECT_THAT(api.of_response("GET /a", kJsonFive),
              ElementsAre("response body: 5 is not a string (#/components/schemas/Text/type)"));
}

TEST(OpenApiDocument, PathItemMayHaveAReferenceAndMoreIn31) {
  const ApiFixture api("3.1.0", R"(
paths:
  /a: {$ref: '#/components/pathItems/A', put: {}}
components:
  pathItems: {A: {get: {}}}
)");
  EXPECT_THAT(api.of_request("GET /a"), IsEmpty());
  EXPECT_THAT(api.of_request("PUT /a"), IsEmpty());
  EXPECT_THAT(api.of_request("POST /a"), ElementsAre(HasSubstr("(GET, PUT)")));
}

TEST(OpenApiDocument, RequestBodyMayBeAReference) {
  const ApiFixture api("3.1.0", R"(
paths: {/a: {get: {requestBody: {$ref: '#/components/requestBodies/B'}}}}
components: {requestBodies: {B: {required: true, content: {}}}}
)");
  EXPECT_THAT(api.of_request("GET /a"),
              ElementsAre("request body is required (#/components/requestBodies/B)"));
}

TEST(OpenApiDocument, SchemaMayReferToItself) {
  const ApiFixture api("3.0.3", described("{$ref: '#/components/schemas/Tree'}") + R"(
components: {schemas: {Tree: {properties: {n: {type: integer}, in: {$ref: '#/components/schemas/Tree'}}}}}
)");
  EXPECT_THAT(
      api.of_response("GET /a", "200\nContent-Type: application/json\n\n{\"in\": {\"n\": true}}"),
      ElementsAre(HasSubstr("response body /in/n: true is not an integer")));
}

TEST(OpenApiDocument, DialectOfSchemasIsHonoured) {
  const auto schema = described("{items: [{type: string}]}");
  const ApiFixture draft_7("3.1.0",
                           "jsonSchemaDialect: http://json-schema.org/draft-07/schema#\n" + schema);
  EXPECT_THAT(draft_7.of_response("GET /a", "200\nContent-Type: application/json\n\n[5]"),
              ElementsAre(HasSubstr("response body /0: 5 is not a string")));
  const ApiFixture base(
      "3.1.0",
      "jsonSchemaDialect: https://spec.openapis.org/oas/3.1/dialect/base\n" + described("{}"));
  EXPECT_THAT(base.of_request("GET /a"), IsEmpty());
  const ApiFixture own(
      "3.1.0",
      described("{$schema: 'http://json-schema.org/draft-07/schema#', items: [{type: string}]}"));
  EXPECT_THAT(own.of_response("GET /a", "200\nContent-Type: application/json\n\n[5]"),
              ElementsAre(HasSubstr("response body /0: 5 is not a string")));
  const ApiFixture unknown("3.1.0", "jsonSchemaDialect: http://example.com/x\n" + schema);
  EXPECT_THAT(request_error(unknown),
              AllOf(StartsWith("usage: "), HasSubstr("api.yaml: #/jsonSchemaDialect: the dialect "
                                                     "'http://example.com/x' is not known")));
}

TEST(OpenApiDocument, SchemasMayReferToNamesIn31) {
  const ApiFixture api("3.1.0", described("{$ref: '#item'}") + R"(
components:
  schemas:
    Item: {$anchor: item, properties: {n: {$ref: 'https://example.com/number'}}}
    Number: {$id: 'https://example.com/number', type: integer}
)");
  EXPECT_THAT(
      api.of_response("GET /a", "200\nContent-Type: application/json\n\n{\"n\": true}"),
      ElementsAre("response body /n: true is not an integer (#/components/schemas/Number/type)"));
}

TEST(OpenApiDocument, SiblingsOfAReferenceCountIn31Only) {
  const auto rest = described("{$ref: '#/components/schemas/N', maximum: 1}") +
                    "\ncomponents: {schemas: {N: {type: integer}}}";
  EXPECT_THAT(ApiFixture("3.0.3", rest).of_response("GET /a", kJsonFive), IsEmpty());
  EXPECT_THAT(ApiFixture("3.1.0", rest).of_response("GET /a", kJsonFive),
              ElementsAre(HasSubstr("5 is greater than the maximum 1")));
}

TEST(OpenApiDocument, OperationsMayBeReferences) {
  for (const auto& version : test::versions_of("both")) {
    const ApiFixture api(version, R"(
paths:
  /a: {get: {$ref: '#/x-operations/first'}}
  /b: {$ref: '#/x-items/b', post: {$ref: 'other.yaml#/post'}}
x-operations:
  first: {$ref: '#/x-operations/second'}
  second: {responses: {200: {description: a, content: {application/json: {schema: {type: integer}}}}}}
x-items:
  b: {$ref: '#/x-items/c', put: {responses: {200: {description: a}}}}
  c: {get: {$ref: '#/paths/~1a/get'}}
)");
    (void)api.folder().write("other.yaml",
                             "post: {responses: {201: {$ref: '#/made'}}}\n"
                             "made: {description: a}\n");
    EXPECT_THAT(api.of_request("GET /a"), IsEmpty());
    EXPECT_THAT(api.of_response("GET /a", kJsonFive), IsEmpty());
    EXPECT_THAT(
        api.of_response("GET /b", "200\nContent-Type: application/json\n\ntrue"),
        ElementsAre("response body: true is not an integer (#/x-operations/second/responses/"
                    "200/content/application~1json/schema/type)"));
    EXPECT_THAT(api.of_response("PUT /b", "200"), IsEmpty());
    EXPECT_THAT(api.of_response("POST /b", "200"),
                ElementsAre(HasSubstr("status 200 is not described")));
  }
}

TEST(OpenApiDocument, WithoutResponsesIn31NoneIsJudged) {
  const ApiFixture api("3.1.0", "paths: {/a: {get: {}}}");
  EXPECT_THAT(api.of_request("GET /a"), IsEmpty());
  EXPECT_EQ(api.open().check_response("GET", "http://localhost:8080/a", {200, {}, ""}),
            std::nullopt);
}

TEST(OpenApiDocument, OnlyTheOperationThatIsUsedIsLookedAt) {
  const ApiFixture api("3.0.3", R"(
paths:
  /a: {get: {responses: {200: {description: a}}}}
  /b: {$ref: nowhere.yaml}
  /c: {get: {responses: {200: {$ref: '#/nowhere'}}}}
)");
  EXPECT_THAT(api.of_request("GET /a"), IsEmpty());
}

TEST(OpenApiDocument, FilesAreReadOnce) {
  const ApiFixture api("3.1.0", "paths: {/a: {get: {}}}");
  const auto files = std::make_shared<DocumentFiles>();
  const OpenApi first(api.path(), files);
  (void)api.folder().write("api.yaml", "no longer one");
  EXPECT_THAT(OpenApi(api.path(), files).check_request({"GET", "http://h/a", {}, {}}), IsEmpty());
}

struct MistakeRow {
  const char* name;
  const char* version;
  std::string rest;
  const char* expected;
};

// NOLINTNEXTLINE(readability-identifier-naming): googletest's name.
void PrintTo(const MistakeRow& row, std::ostream* out) { *out << row.rest; }

class OpenApiMistake : public testing::TestWithParam<MistakeRow> {};

TEST_P(OpenApiMistake, IsToldWithFileAndPlaceBeforeAnythingIsSent) {
  const auto& row = GetParam();
  EXPECT_THAT(request_error(ApiFixture(row.version, row.rest)),
              AllOf(StartsWith("usage: "), HasSubstr("api.yaml"), HasSubstr(row.expected)));
}

const std::vector<MistakeRow> mistake_rows{
    {"OldVersion", "'2.0'", "", "is OpenAPI \"2.0\", and OpenAPI 3.0 and 3.1 are known"},
    {"VersionAsANumber", "3.0", "",
     "#/openapi: a number; a version is text, for example \"3.0.3\""},
    {"YoungVersion", "3.2.0", "", "is OpenAPI \"3.2.0\""},
    {"DanglingReference", "3.0.3", described("{$ref: '#/components/schemas/No'}"),
     "schema/$ref: nothing is at '/components/schemas/No'"},
    {"DanglingResponse", "3.0.3", "paths: {/a: {get: {responses: {200: {$ref: '#/no'}}}}}",
     "#/paths/~1a/get/responses/200/$ref: nothing is at '/no'"},
    {"DanglingFile", "3.0.3", "paths: {/a: {$ref: 'http://127.0.0.1:1/x'}}",
     "#/paths/~1a/$ref: there is no document 'http://127.0.0.1:1/x'"},
    {"Circle", "3.0.3",
     "paths: {/a: {get: {responses: {200: {$ref: '#/components/responses/A'}}}}}\n"
     "components: {responses: {A: {$ref: '#/components/responses/B'}, B: {$ref: "
     "'#/components/responses/A'}}}",
     "it refers to itself"},
    {"Pattern", "3.1.0", described("{pattern: '('}"), "schema/pattern: "},
    {"ParameterWithoutAPlace", "3.0.3", "paths: {/a: {get: {parameters: [{name: q}]}}}",
     "#/paths/~1a/get/parameters/0: a parameter needs the member 'in'"},
    {"ParameterInNoPlace", "3.0.3", "paths: {/a: {get: {parameters: [{name: q, in: body}]}}}",
     "in: 'body' is not path, query, header or cookie"},
    {"ParameterOfNoTemplate", "3.0.3",
     "paths: {/a: {get: {parameters: [{name: q, in: path, required: true}]}}}",
     "the path /a has no parameter 'q'"},
    {"Style", "3.0.3", "paths: {/a: {get: {parameters: [{name: q, in: query, style: matrix}]}}}",
     "the style 'matrix' is not for a query parameter"},
    {"Type", "3.0.3", "paths: {/a: {get: {parameters: [{name: 5, in: query}]}}}",
     "#/paths/~1a/get/parameters/0/name: 5 is not a string"},
    {"Paths", "3.0.3", "paths: []", "#/paths: [] is not an object"},
    {"PathWithoutASlash", "3.0.3", "paths: {a: {}}", "#/paths/a: a path begins with a slash"},
    {"Yaml", "3.0.3", "paths: {", "api.yaml:"},
    {"NoPaths", "3.0.3", "", "#: a description needs the member 'paths'"},
    {"NoResponses", "3.0.3", "paths: {/a: {get: {}}}",
     "#/paths/~1a/get: an operation needs the member 'responses'"},
    {"NoResponseIn30", "3.0.3", "paths: {/a: {get: {responses: {x-a: 1}}}}",
     "#/paths/~1a/get/responses: there is no response in it"},
    {"NoResponseIn31", "3.1.0", "paths: {/a: {get: {responses: {}}}}",
     "#/paths/~1a/get/responses: there is no response in it"},
    {"NoStatus", "3.0.3", "paths: {/a: {get: {responses: {OK: {description: a}}}}}",
     "#/paths/~1a/get/responses/OK: a response is for a status"},
    {"StatusOfTwoDigits", "3.0.3", "paths: {/a: {get: {responses: {20: {description: a}}}}}",
     "#/paths/~1a/get/responses/20: a response is for a status"},
    {"NoMediaType", "3.0.3",
     "paths: {/a: {get: {responses: {200: {description: a, content: {json: {}}}}}}}",
     "content/json: 'json' is no media type"},
    {"NoMediaTypeInAParameter", "3.0.3",
     "paths: {/a: {get: {parameters: [{name: q, in: query, content: {json: {}}}]}}}",
     "content/json: 'json' is no media type"},
    {"SchemaAndContent", "3.0.3",
     "paths: {/a: {get: {parameters: [{name: q, in: query, schema: {}, content: {a/b: {}}}]}}}",
     "#/paths/~1a/get/parameters/0: it has 'schema' and 'content'"},
    {"ParametersByName", "3.0.3", "paths: {/a: {get: {parameters: {q: {name: q, in: query}}}}}",
     "#/paths/~1a/get/parameters: {\"q\":{\"name\":\"q\",\"in\":\"query\"}} is not an array"},
    {"HeadersInAList", "3.0.3",
     "paths: {/a: {get: {responses: {200: {description: a, headers: [{name: X-A}]}}}}}",
     "responses/200/headers: [{\"name\":\"X-A\"}] is not an object"},
    {"HeaderWithABadSchema", "3.0.3",
     "paths: {/a: {get: {responses: {200: {description: a, headers: {X-A: {schema: {type: "
     "text}}}}}}}}",
     "headers/X-A/schema/type: 'text' is not a type"},
    {"ReferenceIsNoText", "3.0.3", "paths: {/a: {get: {responses: {200: {$ref: 5}}}}}",
     "responses/200/$ref: 5 is not a string"},
    {"OperationThatRefersToItself", "3.0.3", "paths: {/a: {get: {$ref: '#/paths/~1a/get'}}}",
     "#/paths/~1a/get: it refers to itself"},
    {"PathThatRefersToItself", "3.1.0", "paths: {/a: {$ref: '#/x-a'}}\nx-a: {$ref: '#/paths/~1a'}",
     "#/x-a: it refers to itself"},
    {"DanglingOperation", "3.0.3", "paths: {/a: {get: {$ref: '#/x-no'}}}",
     "#/paths/~1a/get/$ref: nothing is at '/x-no'"},
    {"SchemaInPlaceOfAResponse", "3.0.3",
     "paths: {/a: {get: {responses: {200: {$ref: '#/components/schemas/A'}}}}}\n"
     "components: {schemas: {A: {type: object}}}",
     "responses/200/$ref: it leads to #/components/schemas/A, which is not among the responses"},
    {"SchemaInPlaceOfAHeader", "3.0.3",
     "paths: {/a: {get: {responses: {200: {description: a, headers: {X-A: {$ref: "
     "'#/components/schemas/A'}}}}}}}\ncomponents: {schemas: {A: {type: object}}}",
     "headers/X-A/$ref: it leads to #/components/schemas/A, which is not among the headers"},
    {"ResponseInPlaceOfASchema", "3.0.3",
     described("{$ref: '#/components/responses/A'}") +
         "\ncomponents: {responses: {A: {description: a}}}",
     "schema/$ref: it leads to #/components/responses/A, which is not among the schemas"},
    {"SchemasInACircle", "3.0.3",
     described("{$ref: '#/components/schemas/A'}") +
         "\ncomponents: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: "
         "'#/components/schemas/A'}}}",
     "#/components/schemas/A: the schema refers to itself without end, by #/components/schemas/B"},
    {"BaseOfItsOwnKinds", "3.0.3",
     described("{type: array, items: {$ref: '#/components/schemas/Pet'}}") +
         "\ncomponents: {schemas: {Pet: {oneOf: [{$ref: '#/components/schemas/Cat'}]}, Cat: "
         "{allOf: [{$ref: '#/components/schemas/Pet'}]}}}",
     "#/components/schemas/Pet: the schema refers to itself without end"},
    {"ParameterInACircle", "3.1.0",
     "paths: {/a: {get: {parameters: [{name: q, in: query, schema: {$ref: "
     "'#/components/schemas/A'}}]}}}\ncomponents: {schemas: {A: {not: {$ref: "
     "'#/components/schemas/A'}}}}",
     "refers to itself without end"},
    {"NullableIsNoFlag", "3.0.3", described("{type: string, nullable: 'true'}"),
     "schema/nullable: \"true\" is not a boolean"},
    {"UnknownType", "3.1.0", described("{type: [string, nil]}"), "'nil' is not a type"},
};

INSTANTIATE_TEST_SUITE_P(All, OpenApiMistake, testing::ValuesIn(mistake_rows),
                         [](const auto& row) { return test::name_of_row(row); });

TEST(OpenApiDocument, RefusesWhatIsSomethingElse) {
  const test::TemporaryFolder folder;
  const auto error = [&](const char* text) {
    const auto path = folder.write("api.yaml", text);
    return error_of([&] { OpenApi(path, std::make_shared<DocumentFiles>()); });
  };
  EXPECT_THAT(error("swagger: '2.0'"), HasSubstr("is Swagger 2.0, and OpenAPI 3.0 and 3.1 are"));
  EXPECT_THAT(error("a: b"), HasSubstr("it has no member 'openapi'"));
  EXPECT_THAT(error(""), HasSubstr("it has no member 'openapi'"));
  EXPECT_THAT(error("openapi: 3.0"), HasSubstr("a version is text"));
  EXPECT_THAT(
      error_of([&] { OpenApi(folder.path() + "/none.yaml", std::make_shared<DocumentFiles>()); }),
      StartsWith("io: "));
  EXPECT_THAT(error_of([&] {
                OpenApi(folder.write("a.json", "{\"a\": }"), std::make_shared<DocumentFiles>());
              }),
              AllOf(StartsWith("usage: "), HasSubstr("is not JSON: line 1, column 7")));
}

TEST(OpenApiDocument, ReferencesMayLeadToItemsOfAnArray) {
  const ApiFixture api("3.1.0",
                       "x-list: [{get: {}}, {put: {}}]\npaths: {/a: {$ref: '#/x-list/1'}}");
  EXPECT_THAT(api.of_request("PUT /a"), IsEmpty());
  const ApiFixture wrong("3.0.3", "x-list: [{get: {}}]\npaths: {/a: {$ref: '#/x-list/00'}}");
  EXPECT_THAT(request_error(wrong), HasSubstr("nothing is at '/x-list/00'"));
}

TEST(OpenApiDocument, JsonInAYamlFileIsReadAsJson) {
  const ApiFixture api("3.1.0", "paths: {/a: {$ref: a.yaml}}");
  (void)api.folder().write("a.yaml", R"({"get": {"summary": "\ud83d\ude00"}})");
  EXPECT_THAT(api.of_request("GET /a"), IsEmpty());
  (void)api.folder().write("a.yaml", "{get: {summary: a}}");
  EXPECT_THAT(api.of_request("GET /a"), IsEmpty());
}

TEST(OpenApiDocument, RepeatedMembersAreMistakesInJsonToo) {
  const ApiFixture api("3.0.3", "paths: {/a: {$ref: a.json}}");
  (void)api.folder().write("a.json", R"({"get": {"x-a": [{"b": 1, "b": 2}]}})");
  EXPECT_THAT(request_error(api), HasSubstr("a.json' has the member 'b' twice at #/get/x-a/0"));
}

TEST(OpenApiDocument, ReferencesLeadToRegularFilesOnly) {
  const ApiFixture device("3.0.3", "paths: {/a: {$ref: /dev/zero}}");
  EXPECT_THAT(request_error(device), HasSubstr("'/dev/zero' is not a regular file"));
  const ApiFixture schema("3.0.3", described("{$ref: '/dev/zero#/a'}"));
  EXPECT_THAT(request_error(schema), HasSubstr("'/dev/zero' is not a regular file"));
  const ApiFixture pipe("3.0.3", "paths: {/a: {$ref: pipe}}");
  ASSERT_EQ(mkfifo((pipe.folder().path() + "/pipe").c_str(), 0600), 0);
  EXPECT_THAT(request_error(pipe), HasSubstr("pipe' is not a regular file"));
}

TEST(OpenApiDocument, DescriptionMayComeFromAPipeAndReferToItself) {
  const ApiFixture api("3.0.3", "");
  const auto path = api.folder().path() + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream(path) << "openapi: 3.1.0\npaths: {/a: {$ref: 'pipe#/x'}}\nx: {get: {}}\n";
  });
  const test::RunContext run;
  OpenApi read(path, std::make_shared<DocumentFiles>(document_reader(run.context.patience())));
  writer.join();
  EXPECT_THAT(read.check_request(test::MessageText("GET /a").request()), IsEmpty());
}

}  // namespace
}  // namespace mscomm
