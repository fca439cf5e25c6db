namespace FLoRA.Inference.Tests.Cards;

/// <summary>The form of the cards that tools write by themselves, in words of huggingface_hub's, PEFT's and transformers' templates.</summary>
internal static class CardTemplates
{
    /// <summary>PEFT's save_pretrained: huggingface_hub's template with no place filled in, its own keys and its version.</summary>
    public const string Peft = """
        ---
        base_model: some/base
        library_name: peft
        tags:
        - base_model:adapter:some/base
        - lora
        ---

        # Model Card for Model ID

        <!-- Provide a quick summary of what the model is/does. -->



        ## Model Details

        ### Model Description

        <!-- Provide a longer summary of what this model is. -->



        - **Developed by:** [More Information Needed]
        - **Funded by [optional]:** [More Information Needed]
        - **Language(s) (NLP):** [More Information Needed]

        ### Model Sources [optional]

        <!-- Provide the basic links for the model. -->

        - **Repository:** [More Information Needed]

        ### Direct Use

        <!-- This section is for the model use without fine-tuning or plugging into a larger ecosystem/app. -->

        [More Information Needed]

        ### Recommendations

        <!-- This section is meant to convey recommendations with respect to the bias, risk, and technical limitations. -->

        Users (both direct and downstream) should be made aware of the risks, biases and limitations of the model. More information needed for further recommendations.

        ## How to Get Started with the Model

        Use the code below to get started with the model.

        [More Information Needed]

        #### Preprocessing [optional]

        [More Information Needed]


        #### Training Hyperparameters

        - **Training regime:** [More Information Needed] <!--fp32, fp16 mixed precision, bf16 mixed precision, bf16 non-mixed precision, fp16 non-mixed precision, fp8 mixed precision -->

        ## Training procedure

        The following `bitsandbytes` quantization config was used during training:
        - load_in_8bit: True

        #### Summary



        ## Environmental Impact

        <!-- Total emissions (in grams of CO2eq) and additional considerations, such as electricity usage, go here. Edit the suggested text below accordingly -->

        Carbon emissions can be estimated using the [Machine Learning Impact calculator](https://mlco2.github.io/impact#compute) presented in [Lacoste et al. (2019)](https://arxiv.org/abs/1910.09700).

        - **Hardware Type:** [More Information Needed]

        ## Citation [optional]

        **BibTeX:**

        [More Information Needed]

        **APA:**

        [More Information Needed]

        ## Model Card Contact

        [More Information Needed]
        ### Framework versions

        - PEFT 0.21.2
        """;

    /// <summary>The Trainer of transformers.</summary>
    public const string Trainer = """
        ---
        library_name: peft
        base_model: some/base
        tags:
        - generated_from_trainer
        model-index:
        - name: out
          results: []
        ---

        <!-- This model card has been generated automatically according to the information the Trainer had access to. You
        should probably proofread and complete it, then remove this comment. -->

        # out

        This model is a fine-tuned version of [some/base](https://huggingface.co/some/base) on an unknown dataset.
        It achieves the following results on the evaluation set:
        - Loss: 0.7

        ## Model description

        More information needed

        ## Training procedure

        ### Training hyperparameters

        The following hyperparameters were used during training:
        - learning_rate: 2e-05
        """;
}
